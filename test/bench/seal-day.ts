// `node test/bench/seal-day.ts`: how long a day of many videos takes to be sealed, from the sealer's takeover to the last published leaf or bucket.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseServer } from '#infra/clickhouse/users.ts'
import { runCommand } from '#infra/cli/command.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { openOwnPlatform } from '../support/own-platform.ts'

const help = `usage: node test/bench/seal-day.ts [--videos N] [--saves N] [--buckets]

Starts a platform of its own, fills its vault with videos that were published
yesterday and with people who saved them on that day, lets a sealer take over,
and tells when all leaves of the day are published. People are put into the
vault beside the log: what is measured is the sealer alone.
  --videos N   default 100000
  --saves N    default 5000000
  --buckets    people who viewed instead, of videos of the last days: tells when
               a bucket of breakdowns is published of each video; 110 people or
               more for each make it end
`

const DAY_MS = 86_400_000
const LIMIT_MS = 600_000
const countSchema = z.object({ count: z.coerce.number() })

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      videos: { type: 'string', default: '100000' },
      saves: { type: 'string', default: '5000000' },
      buckets: { type: 'boolean', default: false },
    },
  })
  const videos = Number(values.videos)
  const saves = Number(values.saves)
  const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-seal-day-'))
  const jarsDir = readConfig(['common']).common.KEEPSAKE_DATA_DIR
  try {
    await using own = await openOwnPlatform({ dataDir, jarsDir })
    const { ground, passwordFile, processes } = own.platform
    const admin = (server: ClickhouseServer, url: string): ClickhouseStore =>
      openClickhouseStore({
        url,
        user: 'admin',
        password: readFileSync(passwordFile(server, 'admin'), 'utf8').trim(),
        application: 'seal-day',
        timeoutMs: LIMIT_MS,
      })
    await using vault = admin('vault', ground.vaultUrl)
    await using rollups = admin('rollups', ground.rollupsUrl)
    const yesterdayMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS
    const day = { videos, saves, fromMs: yesterdayMs }
    await (values.buckets ? fillViewers(vault, rollups, day) : fillSaves(vault, day))
    const pid = processes.get('sealer')?.running?.pid
    if (pid === undefined) throw new Error('no sealer runs')
    const startedMs = Date.now()
    process.kill(pid, 'SIGKILL')
    let first: number | null = null
    for (;;) {
      const [row] = await rollups.rows(
        countSchema,
        values.buckets
          ? `select count() as count from rollups.video_buckets final where metric = 'viewers' and bucket = 1`
          : 'select count() as count from rollups.video_leaves final where leaf = 1',
      )
      const tookS = (Date.now() - startedMs) / 1000
      if ((row?.count ?? 0) > 0) first ??= tookS
      process.stderr.write(`${tookS.toFixed(1)} s  ${row?.count ?? 0} of ${videos}\n`)
      if (row?.count === videos) {
        const sealing = tookS - (first ?? 0)
        process.stdout.write(`${JSON.stringify({ videos, saves, tookS, first, sealing })}\n`)
        return
      }
      if (tookS * 1000 > LIMIT_MS) throw new Error('not all were published in time')
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

interface Day {
  readonly videos: number
  readonly saves: number
  readonly fromMs: number
}

async function fillSaves(vault: ClickhouseStore, { videos, saves, fromMs }: Day): Promise<void> {
  await fillCatalogue(vault, videos, fromMs)
  await vault.command(
    `insert into vault.people (metric, video_id, person, total, dims)
     select 'saves', number % {videos:UInt64} + 1, cityHash64(number),
       bitShiftLeft({from_ms:UInt64} + cityHash64(number) % 86400000, 21), 18446744073709551615
     from numbers({saves:UInt64})`,
    { videos, saves, from_ms: fromMs },
  )
}

/** Viewers of one day with attributes of all kinds, and their published totals. */
async function fillViewers(
  vault: ClickhouseStore,
  rollups: ClickhouseStore,
  { videos, saves, fromMs }: Day,
): Promise<void> {
  await fillCatalogue(vault, videos, fromMs - 3 * DAY_MS)
  await vault.command(
    `insert into vault.people (metric, video_id, person, total, dims)
     with bitOr(
       bitShiftLeft({from_ms:UInt64} + cityHash64(number) % 86400000, 21),
       cityHash64(number, 'attributes') % 200 * 8192 + number % 8 * 1024 + number % 4 * 256
         + number % 19 * 8 + number % 6) as first
     select 'viewers', number % {videos:UInt64} + 1, cityHash64(number), first, first
     from numbers({saves:UInt64})`,
    { videos, saves, from_ms: fromMs },
  )
  await rollups.command(
    `insert into rollups.video_people_days (video_id, day, viewers, generation)
     select number + 1, toDate({from_s:UInt32}), {each:UInt64}, 0 from numbers({videos:UInt64})`,
    { videos, from_s: fromMs / 1000, each: Math.floor(saves / videos) },
  )
}

async function fillCatalogue(
  vault: ClickhouseStore,
  videos: number,
  publishedMs: number,
): Promise<void> {
  await vault.command(
    `insert into vault.attribution (video_id, creator_id, visibility, published_at, closed, version)
     select number + 1, intDiv(number, 50) + 1, 'public',
       toDateTime64({from_s:UInt32}, 3, 'UTC'), [], 0
     from numbers({videos:UInt64})`,
    { videos, from_s: publishedMs / 1000 },
  )
}

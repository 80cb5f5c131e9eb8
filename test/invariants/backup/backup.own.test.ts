// The drill: vault, rollups or both are lost and restored, and everything equals a count of what was sent, and what was published before.
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { eventually } from '../../support/client.ts'
import { openStarts } from '../../support/starts.ts'
import type { Start } from '../../support/starts.ts'
import { openClient } from './backup-client.ts'
import type { Client } from './backup-client.ts'
import { EQUAL_LIMIT_MS, expectAllEqual, publishedNow } from './drill-equal.ts'
import { firstVideos, importRound, journal, lateVideo, round, seed } from './drill-sent.ts'
import { expectSealsEqual, expectSealsKept, readSeals, sealTables } from './kept-seals.ts'
import type { KeptSeals } from './kept-seals.ts'

/** Servers are started first. */
const UNDER_WAY_LIMIT_MS = 120_000

const starts = openStarts()
const { dataDir } = starts
afterAll(() => starts[Symbol.asyncDispose]())

/** Waits until there are buckets of both crowds. */
async function untilBucketed({ sealSources }: Client): Promise<void> {
  const statement =
    'select distinct video_id, metric from rollups.video_buckets order by video_id, metric'
  await eventually(
    'buckets of crowds',
    async () => {
      const seen = await sealSources.rollups.rows(statement)
      return seen.length >= 4 ? { found: seen } : { seen }
    },
    EQUAL_LIMIT_MS,
    500,
  )
}

function lose(...servers: readonly ('vault' | 'rollups')[]): void {
  for (const server of servers) rmSync(join(dataDir, server), { recursive: true })
}

describe('the drill', { timeout: 300_000 }, () => {
  let run: Start
  let client: Client
  let backup = ''
  let before: unknown
  let seals: KeptSeals
  let restoredMs = 0

  const begin = async (): Promise<void> => {
    run = starts.start('--no-simulator')
    client = await openClient(dataDir, await starts.untilUp(run))
  }
  const end = async (): Promise<void> => {
    run.child.kill('SIGINT')
    const told = run.output().match(/^.*: (?:warn|error): .*$/gm) ?? []
    if (told.length > 0) process.stderr.write(`${told.join('\n')}\n`)
    expect(await starts.ended(run)).toBe(0)
  }

  const expectKept = (): Promise<void> =>
    expectSealsKept(client.sealSources, journal, { before: seals, restoredMs })

  const restore = async (...parts: readonly string[]): Promise<void> => {
    const { code, text } = await starts.keepsake('restore', backup, ...parts)
    expect([code, text]).toEqual([0, expect.stringContaining('Restored.')])
    restoredMs = Date.now()
  }

  /** What comes last may be in the log alone; people who come in late are of no leaf that is sealed. */
  const endWithNews = async (): Promise<void> => {
    seals = await readSeals(client.sealSources)
    await client.post(round(300))
    await end()
  }

  test('a backup is taken while events come in', async () => {
    process.stderr.write(`drill: seed ${seed}\n`)
    await begin()
    await importRound(client, 1500, firstVideos)
    await eventually('something published', async () => {
      const seen = await publishedNow(client)
      const isThere = Object.values(seen).some((row) => Array.isArray(row) && row[0] > 0)
      return isThere ? { found: seen } : { seen }
    })
    const posting = new AbortController()
    const during = (async () => {
      while (!posting.signal.aborted) await client.post(round(100))
    })()
    const { code, text } = await starts.keepsake('backup')
    posting.abort()
    await during
    expect([code, text]).toEqual([0, expect.stringContaining('vault and rollups')])
    backup = /^\/.*$/m.exec(text)?.[0] ?? ''
    await importRound(client, 1500, [lateVideo])
    await expectAllEqual(client)
    await untilBucketed(client)
    await expectSealsEqual(client.sealSources, journal)
    seals = await readSeals(client.sealSources)
    before = await publishedNow(client)
  })

  test('is refused while the platform runs, and of half a backup', async () => {
    const running = await starts.keepsake('restore', backup, '--replace')
    expect(running).toMatchObject({ code: 1, text: expect.stringContaining('Stop it with') })
    const half = join(dataDir, 'backups', 'half')
    mkdirSync(half)
    const refused = await starts.keepsake('restore', half)
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('no finished backup') })
    const { text } = await starts.keepsake('backup', 'list')
    expect(text).toMatch(/half +not finished/)
    await end()
  })

  test('a restore that is killed starts nothing, and is run again', async () => {
    lose('vault', 'rollups')
    const killed = starts.command('restore', backup)
    const isUnderWay = async () => {
      const seen = killed.output()
      return seen.includes('setting consumers back') ? { found: seen } : { seen }
    }
    await eventually('a restore under way', isUnderWay, UNDER_WAY_LIMIT_MS, 20)
    // The command's own process, which has the data folder.
    process.kill(readPlatformState(dataDir)?.pid ?? 0, 'SIGKILL')
    await starts.ended(killed)
    const refused = starts.start('--no-simulator')
    expect(await starts.ended(refused)).toBe(1)
    expect(refused.output()).toContain('Run it again')
    await restore()
  })

  test('vault and rollups are lost: everything equals after the restore', async () => {
    await begin()
    await expectAllEqual(client)
    expect(await publishedNow(client)).toEqual(before)
    await expectKept()
    await endWithNews()
  })

  test('the rollups alone are lost', async () => {
    lose('rollups')
    await restore('rollups')
    await begin()
    await expectAllEqual(client)
    await expectKept()
    await endWithNews()
  })

  test('the vault alone is lost', async () => {
    lose('vault')
    await restore('vault')
    await begin()
    await expectAllEqual(client)
    await expectKept()
  })

  test('leaves and buckets alone are lost: the log of decisions has all of them', async () => {
    seals = await readSeals(client.sealSources)
    await using eventLog = client.openLog()
    const pid = readPlatformState(dataDir)?.processes.find(({ name }) => name === 'sealer')?.pid
    if (pid === null || pid === undefined) throw new Error('there is no sealer')
    // Until its group gives it up; then it must not go on with what it knew.
    process.kill(pid, 'SIGSTOP')
    await eventually('nobody in the group', async () =>
      (await eventLog.hasMembers('sealer')) ? { seen: 'a member' } : { found: true },
    )
    for (const table of sealTables) {
      await client.sealSources.rollups.rows(`truncate table rollups.${table}`)
    }
    const position = { topic: 'decisions.v1', partition: 0, offset: 0n }
    await eventLog.setCommitted('sealer', [position])
    process.kill(pid, 'SIGKILL')
    await expectKept()
    const after = await readSeals(client.sealSources)
    // What ended meanwhile has marks of its own.
    const same = [...after.sealed].filter(([key]) => seals.sealed.has(key))
    expect(new Map(same)).toEqual(seals.sealed)
    await end()
  })
})

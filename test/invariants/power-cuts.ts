// The power fails under both ClickHouse servers, again and again: what they acknowledged is there afterwards, and every table loads.
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../support/events.ts'
import type { LoopDisk } from './disks.ts'
import { createJournal } from './journal.ts'
import { untilEqual } from './oracle.ts'
import type { Verdict } from './oracle.ts'
import { openTraffic } from './traffic.ts'
import { catalogueOf, trialCreators } from './trial-catalogue.ts'
import type { TrialPlatform } from './trial-platform.ts'

export interface PowerCutOptions {
  readonly platform: TrialPlatform
  readonly disk: LoopDisk
  readonly tell: (line: string) => void
  readonly seed: number
  readonly cuts: number
}

export interface PowerCutResult extends Verdict {
  readonly cuts: number
  readonly events: number
}

const LOAD_LIMIT_MS = 60_000
const LOOK_MS = 50
const EQUAL_LIMIT_MS = 120_000
const servers = ['vault', 'rollups'] as const

/** Lets both servers of a platform that is to be opened on `dataDir` keep their tables on the disk. */
export function placeServersOn(disk: LoopDisk, dataDir: string): void {
  for (const server of servers) {
    const tables = join(disk.folder, server)
    mkdirSync(tables, { mode: 0o700 })
    mkdirSync(join(dataDir, server), { recursive: true })
    // Settings stay where they are: a machine that starts again writes them anew.
    symlinkSync(tables, join(dataDir, server, 'data'))
  }
}

/**
 * Kafka stays on a disk whose power does not fail: it stands for a cluster, since a single broker
 * acknowledges before it has written to its disk.
 */
export async function runPowerCuts(options: PowerCutOptions): Promise<PowerCutResult> {
  const { platform, disk, tell, seed, cuts } = options
  const random = seeded(seed)
  const journal = createJournal(trialCreators(0))
  await catalogueOf(platform, journal.creators)
  await using traffic = await openTraffic({ platform, journal, seed })
  traffic.flow()
  for (let cut = 1; cut <= cuts; cut += 1) {
    await sleep(2000 + random() * 5000)
    disk.cut()
    const startedMs = Date.now()
    for (const server of servers) {
      const pid = platform.pidOf(server)
      if (pid !== null) process.kill(pid, 'SIGKILL')
    }
    await disk.mountAgain()
    await untilLoaded(platform)
    tell(
      `cut ${cut}: ${traffic.counts.events} events so far, all tables load after ${Date.now() - startedMs} ms`,
    )
  }
  await traffic.pause()
  const sinceMs = Date.now()
  const verdict = await untilEqual(platform, journal, { sinceMs, limitMs: EQUAL_LIMIT_MS })
  return { ...verdict, cuts, events: traffic.counts.events }
}

async function untilLoaded(platform: TrialPlatform): Promise<void> {
  const deadline = Date.now() + LOAD_LIMIT_MS
  for (;;) {
    const trouble = await loadTrouble(platform)
    if (trouble === null) return
    if (Date.now() > deadline) throw new Error(`tables do not load: ${trouble}`)
    await sleep(LOOK_MS)
  }
}

/** Why not every table of both servers can be read; null: all can. */
async function loadTrouble({ vault, rollups }: TrialPlatform): Promise<string | null> {
  try {
    for (const server of [vault, rollups]) {
      const tables = await server.rows(
        `select database, name from system.tables
         where database in ('vault', 'rollups', 'directory') and engine like '%MergeTree'`,
      )
      for (const [database, name] of tables) {
        await server.rows(`select 1 from ${database}.${name} limit 1`)
      }
    }
    return null
  } catch (error) {
    return String(error)
  }
}

// What befalls a platform in a trial, one fault at a time in each lane; every one ends, and is counted where it was seen to strike.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { armedFile, hitsFile } from './strike-files.ts'
import { nameOf, strikePoints } from './strike-points.ts'
import type { StrikePoint } from './strike-points.ts'
import type { TrialPlatform } from './trial-platform.ts'

export interface FaultCounts {
  /** Processes and servers that were ended with SIGKILL. */
  kills: number
  /** Everything that befell the platform, kills included. */
  faults: number
}

export interface Faults {
  readonly counts: Readonly<FaultCounts>
  /** Arms a process for a point and waits until it is struck there. @returns whether it was. */
  readonly strike: (at: StrikePoint, limitMs?: number) => Promise<boolean>
  /** Kills a process or server, wherever it is. */
  readonly kill: (name: string) => Promise<void>
  /** Stops a process for longer than its group waits for it; then it goes on as if nothing was. */
  readonly freeze: (name: 'facts' | 'sealer') => Promise<void>
  /** Lets inserts of the spare facts consumer lose their answer, or be slow. */
  readonly disturb: (fault: 'lost answer' | 'slow body') => Promise<void>
  /** How often each point was hit, by name. */
  readonly hits: () => ReadonlyMap<string, number>
}

/** A point that is not passed within this time is given up: its process has nothing to do just now. */
const STRIKE_LIMIT_MS = 12_000
/** Beyond the 6 s after which a group of a trial gives a silent member up. */
const FREEZE_MS = 9000
const DISTURB_MS = 1500
const LOOK_MS = 100

export function createFaults(platform: TrialPlatform): Faults {
  const { dataDir } = platform
  const counts: FaultCounts = { kills: 0, faults: 0 }

  function hits(): ReadonlyMap<string, number> {
    const file = hitsFile(dataDir)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
    const names = lines.map((line) => line.split(' ', 1)[0] ?? '')
    return new Map(
      strikePoints.map(nameOf).map((name) => [name, names.filter((each) => each === name).length]),
    )
  }

  return {
    counts,
    hits,
    async strike(at, limitMs = STRIKE_LIMIT_MS) {
      const name = nameOf(at)
      const before = hits().get(name) ?? 0
      const file = armedFile(dataDir, at.process)
      writeFileSync(file, `${at.point} SIGKILL`)
      const deadline = Date.now() + limitMs
      while (Date.now() < deadline) {
        if ((hits().get(name) ?? 0) > before) {
          counts.kills += 1
          counts.faults += 1
          return true
        }
        await sleep(LOOK_MS)
      }
      rmSync(file, { force: true })
      return false
    },
    async kill(name) {
      const pid = platform.pidsOf(name)[0]
      if (pid === undefined) return
      process.kill(pid, 'SIGKILL')
      counts.kills += 1
      counts.faults += 1
      await sleep(LOOK_MS)
    },
    async freeze(name) {
      const pid = platform.pidsOf(name)[0]
      if (pid === undefined) return
      process.kill(pid, 'SIGSTOP')
      counts.faults += 1
      await sleep(FREEZE_MS)
      try {
        process.kill(pid, 'SIGCONT')
      } catch {
        // The other lane has killed it meanwhile.
      }
    },
    async disturb(fault) {
      platform.proxy.arm(fault)
      counts.faults += 1
      await sleep(DISTURB_MS)
    },
  }
}

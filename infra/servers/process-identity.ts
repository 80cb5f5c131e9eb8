// Tells a process from a later one of the same number, and ends processes that a former start left behind.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Clock } from '../runtime/clock.ts'

/** What never changes in the life of a process and differs between two of the same number; null: none lives. */
export function identityOf(pid: number): string | null {
  return process.platform === 'linux' ? identityOnLinux(pid) : identityByPs(pid)
}

/** Start in clock ticks since boot, and which boot. A zombie counts as gone. */
function identityOnLinux(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, the name in brackets, may hold anything; the third is the state.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return null
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
    return `${boot}:${fields[19]}`
  } catch {
    return null
  }
}

function identityByPs(pid: number): string | null {
  try {
    const options = { env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' }, encoding: 'utf8' } as const
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || null
  } catch {
    return null
  }
}

export interface KnownProcess {
  readonly pid: number
  readonly identity: string
}

const GRACE_MS = 9000
const POLL_MS = 100

/** Ends those that still live, groups and all: SIGTERM, then SIGKILL. @returns how many there were. */
export async function endLeftovers(known: readonly KnownProcess[], clock: Clock): Promise<number> {
  const living = (): readonly KnownProcess[] =>
    known.filter(({ pid, identity }) => identityOf(pid) === identity)
  const found = living().length
  for (const { pid } of living()) signalGroup(pid, 'SIGTERM')
  const deadline = clock.nowMs() + GRACE_MS
  while (living().length > 0 && clock.nowMs() < deadline) await clock.sleep(POLL_MS)
  for (const { pid } of living()) signalGroup(pid, 'SIGKILL')
  while (living().length > 0) await clock.sleep(POLL_MS)
  return found
}

/** Signals the process group that `pid` leads; nothing happens when it is gone. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

// Whether the clocks of the machines agree: events are judged by the log's clock, and the watermark by the sealer's.
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

/** By how much a server's clock is ahead of this machine's, and how far that may be off. */
export interface Skew {
  readonly aheadMs: number
  readonly offMs: number
}

export const skewLimitsMs = { warning: 2000, fault: 60_000 } as const

const remedy =
  'Keep both machines in time by NTP (timedatectl set-ntp true): events are judged by the ' +
  "log's clock."

export function judgeSkew(server: string, { aheadMs, offMs }: Skew): Verdict {
  const leastMs = Math.max(0, Math.abs(aheadMs) - offMs)
  const way = aheadMs > 0 ? 'ahead of' : 'behind'
  const says = `the clock of ${server} is ${(Math.abs(aheadMs) / 1000).toFixed(1)} s ${way} this machine's`
  if (leastMs > skewLimitsMs.fault) return fault(says, remedy)
  if (leastMs > skewLimitsMs.warning) return warning(says, remedy)
  const withinS = Math.ceil((Math.abs(aheadMs) + offMs) / 100) / 10
  return ok(`${server} is within ${withinS.toFixed(1)} s of this machine`)
}

/**
 * A broker tells no time; what it stamped later than now shows a clock that is ahead. One that is
 * behind does not show.
 */
export function judgeStamps(since: Readonly<Record<'warning' | 'fault', boolean>>): Verdict {
  const says = (seconds: number): string =>
    `kafka has events stamped more than ${seconds} s later than now by this machine's clock`
  if (since.fault) return fault(says(skewLimitsMs.fault / 1000), remedy)
  if (since.warning) return warning(says(skewLimitsMs.warning / 1000), remedy)
  return ok('kafka has stamped no event later than now')
}

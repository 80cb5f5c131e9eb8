// Sends what is going on: each slot when it is over, and with it what earlier slots send late or take back.
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { dayText } from '#schemas/spans.ts'
import type { HistoryWriter } from '../history/history-writer.ts'
import { sentAfterMs, undoneAfterMs } from './acts.ts'
import type { SimulatedAct } from './acts.ts'
import type { SimulatedPlatform } from './platform.ts'
import { DAY_MS, dayOf, SLOT_MS, slotOf } from './scale.ts'
import { createRecords } from './send-history.ts'
import type { SimulationFile } from './simulation-file.ts'
import type { Traffic } from './traffic.ts'
import { createTruth } from './truth.ts'
import type { TruthFile } from './truth-file.ts'

export interface LiveOptions {
  readonly platform: SimulatedPlatform
  readonly traffic: Traffic
  readonly file: SimulationFile
  readonly truthFile: TruthFile
  readonly clock: Clock
  readonly stop: AbortSignal
}

/** From a pause of this length on, what was missed goes straight into the log. */
const CATCH_UP_FROM_MS = 10 * 60_000
/** The place is written down this often; what is sent again after a crash counts once. */
const KEPT_EVERY_MS = 5 * 60_000
/** A day is whole once its latest events have been sent. */
const LATEST_MS = Math.max(...sentAfterMs) + SLOT_MS

/** Sends the slots that no start has sent, up to now. @throws the reason of `stop`. */
export async function catchUp(
  options: LiveOptions,
  { writer, encoder }: { readonly writer: HistoryWriter; readonly encoder: EngagementEncoder },
): Promise<void> {
  const { file, clock, stop } = options
  const records = createRecords(writer)
  let next = file.state.live_through_ms
  if (clock.nowMs() - next < CATCH_UP_FROM_MS) return
  for (; next < slotOf(clock.nowMs()); next += SLOT_MS) {
    stop.throwIfAborted()
    for (const { event, atMs } of sentIn(options, next)) {
      await records.add(encoder.encodeEvent(event, atMs))
    }
  }
  await records.flush()
  file.change({ live_through_ms: next })
}

/** Runs until `stop`. @throws Error when the collector refuses what is sent. */
export async function sendLive(options: LiveOptions, client: ApiClient): Promise<void> {
  const { file, clock, stop } = options
  let next = file.state.live_through_ms
  let keptMs = next
  const keep = (): void => {
    keptMs = next
    file.change({ live_through_ms: next })
  }
  while (!stop.aborted) {
    // A slot is sent when it is over, so that no event lies ahead of its arrival.
    if (next >= slotOf(clock.nowMs())) {
      await clock.sleep(next + SLOT_MS - clock.nowMs(), stop)
      continue
    }
    const events = sentIn(options, next).map(({ event }) => event)
    for (let from = 0; from < events.length; from += eventLimits.batchEventsMax) {
      const body = JSON.stringify({ events: events.slice(from, from + eventLimits.batchEventsMax) })
      const { status, text } = await client.send({ method: 'POST', path: '/v1/events', body })
      if (status !== 202) throw new Error(`the collector answered ${status}: ${text.slice(0, 500)}`)
    }
    next += SLOT_MS
    if (next - keptMs >= KEPT_EVERY_MS) {
      keep()
      await writeTruth(options)
    }
  }
  keep()
}

/** Adds the days that are whole to the truth: made once more, since a live day has no end in memory. */
export async function writeTruth(options: LiveOptions): Promise<void> {
  const { platform, traffic, file, truthFile, clock, stop } = options
  const wholeMs = dayOf(file.state.live_through_ms - LATEST_MS)
  for (let dayMs = platform.endMs; dayMs < wholeMs; dayMs += DAY_MS) {
    if (truthFile.has(dayText(dayMs / 1000))) continue
    const truth = createTruth(platform, { people: false })
    for (const afterMs of [0, ...undoneAfterMs]) {
      for (let slotMs = dayMs - afterMs; slotMs < dayMs - afterMs + DAY_MS; slotMs += SLOT_MS) {
        for (const act of traffic.actsOf(slotMs)) {
          if (act.afterMs === afterMs && dayOf(act.atMs) === dayMs) truth.add(act)
        }
        // Some seconds of work, a minute's slots at once.
        if (slotMs % 60_000 === 0) await clock.sleep(0, stop)
        if (stop.aborted) return
      }
    }
    truthFile.append(truth.takeDay(dayMs))
  }
}

/** All that is sent in a slot, of acts that are not part of the history. */
function sentIn({ platform, traffic }: LiveOptions, slotMs: number): readonly SimulatedAct[] {
  return [0, ...undoneAfterMs].flatMap((afterMs) =>
    sentAfterMs.flatMap((lateMs) =>
      traffic
        .actsOf(slotMs - afterMs - lateMs)
        .filter(
          (act) =>
            act.afterMs === afterMs && act.sent.includes(lateMs) && act.atMs >= platform.endMs,
        ),
    ),
  )
}

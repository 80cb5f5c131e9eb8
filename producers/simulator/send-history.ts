// Sends the simulated past: day after day into the log, repeats and late events at its end, and the truth into its file.
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { dayText } from '#schemas/spans.ts'
import { historyLimits } from '../history/history-writer.ts'
import type { HistoryWriter } from '../history/history-writer.ts'
import type { SimulatedAct } from './acts.ts'
import type { SimulatedPlatform } from './platform.ts'
import { DAY_MS, SLOT_MS } from './scale.ts'
import type { SimulationFile } from './simulation-file.ts'
import type { Traffic } from './traffic.ts'
import { createTruth } from './truth.ts'
import type { TruthFile } from './truth-file.ts'

export interface HistoryOptions {
  readonly platform: SimulatedPlatform
  readonly traffic: Traffic
  readonly writer: HistoryWriter
  readonly encoder: EngagementEncoder
  readonly file: SimulationFile
  readonly truthFile: TruthFile
  /** Aborts between two records; the next start goes on with the day that was begun. */
  readonly stop: AbortSignal
  /** Hears of the part of the history that has been made, 0..1. */
  readonly onProgress: (part: number) => void
}

/**
 * Returns once the log has everything. Days that an earlier start has sent are made again, since
 * people and late events need them, and not sent.
 * @throws the reason of `stop`; PipelineError when the log stays away.
 */
export async function sendHistory(options: HistoryOptions): Promise<void> {
  const { platform, traffic, writer, encoder, file, truthFile, stop, onProgress } = options
  const { beginMs, endMs, scale } = platform
  const truth = createTruth(platform, { people: true })
  const records = createRecords(writer)
  // Encoded already: some hundredths of all events.
  const afterwards: Buffer[] = []

  /** Gives a promise where there has to be waited: not for each of millions. */
  function take(act: SimulatedAct, isSent: boolean): Promise<void> | undefined {
    // What is taken back after the history is live.
    if (act.atMs >= endMs) return undefined
    truth.add(act)
    const isLate = act.sent[0] !== 0
    const isAgain = isLate || act.sent.length > 1
    if (isSent && !isAgain) return undefined
    const event = encoder.encodeEvent(act.event, act.atMs)
    if (isAgain) afterwards.push(event)
    return isLate || isSent ? undefined : records.add(event)
  }

  for (let day = 0; day < scale.days; day++) {
    const dayMs = beginMs + day * DAY_MS
    const isSent = day < file.state.days_sent
    for (let slotMs = dayMs; slotMs < dayMs + DAY_MS; slotMs += SLOT_MS) {
      for (const act of traffic.actsOf(slotMs)) {
        const room = take(act, isSent)
        if (room !== undefined) await room
      }
      if (slotMs % (60 * SLOT_MS) === 0) {
        stop.throwIfAborted()
        onProgress((slotMs - beginMs) / (endMs - beginMs))
      }
    }
    const lines = truth.takeDay(dayMs)
    if (!truthFile.has(dayText(dayMs / 1000))) truthFile.append(lines)
    if (isSent) continue
    await records.flush()
    file.change({ days_sent: day + 1 })
  }
  for (const event of afterwards) await records.add(event)
  await records.flush()
  onProgress(1)
}

/** Joins events into records of the largest size. */
export function createRecords(writer: HistoryWriter): {
  readonly add: (event: Buffer) => Promise<void> | undefined
  readonly flush: () => Promise<void>
} {
  let waiting: Buffer[] = []
  const send = (): Promise<void> => {
    const events = waiting
    waiting = []
    return writer.append(events)
  }
  return {
    add(event) {
      waiting.push(event)
      return waiting.length < historyLimits.recordEventsMax ? undefined : send()
    },
    async flush() {
      if (waiting.length > 0) await send()
      await writer.flush()
    },
  }
}

// The course of a simulation: catalogue, history under an import hold, what was missed, and then slot after slot.
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openImportHold } from '../history/import-hold.ts'
import type { HistoryWriter } from '../history/history-writer.ts'
import { endTwoVideos, sendCatalogue } from './send-catalogue.ts'
import { sendHistory } from './send-history.ts'
import { catchUp, sendLive, writeTruth } from './send-live.ts'
import type { LiveOptions } from './send-live.ts'

export interface SimulationOptions extends LiveOptions {
  /** With scopes events:write and videos:write. */
  readonly client: ApiClient
  /** With scope events:backfill. */
  readonly historyClient: ApiClient
  readonly writer: HistoryWriter
  readonly encoder: EngagementEncoder
  readonly onProgress: (part: number) => void
}

/** Sends everything up to now; what earlier starts have sent is not sent again. */
export async function simulatePast(options: SimulationOptions): Promise<void> {
  const { client, historyClient, platform, file, clock, stop, writer } = options
  if (!file.state.catalogue_sent) {
    await sendCatalogue(client, platform)
    file.change({ catalogue_sent: true })
  }
  if (!file.state.history_sent) {
    const time = { fromMs: platform.beginMs, toMs: platform.endMs }
    await using hold = await openImportHold(historyClient, time, clock)
    await sendHistory({ ...options, stop: AbortSignal.any([stop, hold.lost]) })
    await endTwoVideos(client, platform)
    file.change({ history_sent: true })
  }
  await catchUp(options, { writer, encoder: options.encoder })
}

/** Sends what is going on until `stop`. */
export async function simulatePresent(options: SimulationOptions): Promise<void> {
  await writeTruth(options)
  await sendLive(options, options.client)
}

// Sends a log's rows in stages: videos to the catalogue, then events to the log, then the checkpoint says how far all of it is safe.
import type { EngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { HistoryWriter } from '../history/history-writer.ts'
import { historyLimits } from '../history/history-writer.ts'
import type { OpenRows } from './open-rows.ts'
import type { RejectsFile } from './rejects-file.ts'
import type { RowPlan } from './row-plan.ts'
import type { Row } from './rows.ts'
import { countEvents } from './tally.ts'
import type { Tally } from './tally.ts'
import type { VideoLine, VideoPlan } from './video-plan.ts'

const stageLimits = {
  /** Rows whose videos are told together before their events are appended: some 2 MB of events. */
  stageRows: 10_000,
  /** Rows that are read again at most after a death. */
  checkpointRows: 50_000,
} as const

export interface SendOptions {
  readonly rows: OpenRows
  readonly plan: RowPlan
  readonly videoPlan: VideoPlan | null
  readonly tellVideos: (lines: readonly VideoLine[]) => Promise<void>
  readonly writer: HistoryWriter
  readonly encoder: EngagementEncoder
  readonly clock: Clock
  /** What is held: acts of another time are left out and counted. */
  readonly time: { readonly fromMs: number; readonly toMs: number }
  readonly tally: Tally
  readonly rejects: RejectsFile
  /** Called when everything up to `tally.rows` is safe. */
  readonly save: () => Promise<void>
  readonly onRow: (row: number) => void
  /** Ends the work after the stage that is on its way. */
  readonly stop: AbortSignal
  /** Ends the work at once, with its reason. */
  readonly lost: AbortSignal
}

interface Stage {
  encoded: Buffer[]
  videos: VideoLine[]
  firstRow: number
}

/** Sends the rows after `tally.rows`. @throws the reason of `lost`, or what the writer throws. */
export async function sendHistory(options: SendOptions): Promise<void> {
  const { rows, tally, writer, lost, stop, save, onRow } = options
  const before = tally.rows
  let saved = before
  let stage: Stage = { encoded: [], videos: [], firstRow: before }
  let sending: Promise<void> = Promise.resolve()
  /** One stage is sent while the next is read. */
  const endStage = async (): Promise<void> => {
    await sending
    lost.throwIfAborted()
    sending = sendStage(stage, options)
    // Told where it is waited for.
    sending.catch(() => undefined)
    stage = { encoded: [], videos: [], firstRow: tally.rows }
  }
  const saveAll = async (): Promise<void> => {
    await sending
    await writer.flush()
    // What came after the loss may count too late: it is sent again under another hold.
    lost.throwIfAborted()
    await save()
    saved = tally.rows
  }
  for await (const batch of rows.batches) {
    const arrivedAtMs = options.clock.nowMs()
    for (const row of batch) {
      if (row.number > before) takeRow(row, { stage, arrivedAtMs, options })
    }
    onRow(tally.rows)
    if (tally.rows - stage.firstRow >= stageLimits.stageRows) await endStage()
    if (tally.rows - saved >= stageLimits.checkpointRows) {
      await endStage()
      await saveAll()
    }
    if (stop.aborted) break
  }
  await endStage()
  await saveAll()
}

interface Taking {
  readonly stage: Stage
  readonly arrivedAtMs: number
  readonly options: SendOptions
}

function takeRow(row: Row, { stage, arrivedAtMs, options }: Taking): void {
  const { plan, videoPlan, tally, rejects, time, encoder } = options
  tally.rows = row.number
  const planned = row.fault ?? plan.read(row.cells, arrivedAtMs)
  if ('code' in planned) {
    tally.refusals.add(row.number, planned)
    rejects.add(row)
    return
  }
  const { events, atMs } = planned
  if (events.length === 0) tally.withoutEvent++
  else if (atMs < time.fromMs || atMs >= time.toMs) {
    tally.outside++
    return
  }
  const video = videoPlan?.read(row.cells, planned)
  if (video?.kind === 'new') stage.videos.push(video.line)
  if (video?.kind === 'refused') tally.videos.refused++
  if (video?.kind === 'other_creator') tally.videos.otherCreator++
  if (events.length === 0) return
  for (const event of events) stage.encoded.push(encoder.encodeFlat(event, atMs))
  countEvents(tally, events, atMs)
}

async function sendStage({ encoded, videos }: Stage, options: SendOptions): Promise<void> {
  const { writer, lost } = options
  if (videos.length > 0) await options.tellVideos(videos)
  for (let from = 0; from < encoded.length; from += historyLimits.recordEventsMax) {
    lost.throwIfAborted()
    await writer.append(encoded.slice(from, from + historyLimits.recordEventsMax))
  }
}

// One import from its file to its summary: finds its time, holds it, sends, and keeps the checkpoint in step.
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { messageOf } from '#infra/runtime/errors.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import type { ProgressLineOptions } from '#infra/cli/progress-line.ts'
import { count } from '#infra/cli/progress.ts'
import { topics } from '#schemas/topics.ts'
import { createHistoryWriter } from '../history/history-writer.ts'
import { openImportHold } from '../history/import-hold.ts'
import { tellVideos } from './catalogue-client.ts'
import type { Checkpoint, CheckpointState } from './checkpoint.ts'
import { findTime } from './first-pass.ts'
import type { ImportMap } from './import-map.ts'
import type { OpenedPlatform } from './open-platform.ts'
import { openRows } from './open-rows.ts'
import type { OpenRows } from './open-rows.ts'
import { openRejectsFile } from './rejects-file.ts'
import { createRowPlan } from './row-plan.ts'
import type { RowPlan } from './row-plan.ts'
import { sendHistory } from './send-history.ts'
import { createTally, stateOf } from './tally.ts'
import type { Tally } from './tally.ts'
import { createVideoPlan } from './video-plan.ts'
import type { VideoPlan } from './video-plan.ts'

export interface ImportOptions {
  readonly file: string
  readonly map: ImportMap
  readonly key: () => Buffer
  /** What is said to be the file's time; null: it is read once more to find it. */
  readonly time: { readonly fromMs: number; readonly toMs: number } | null
  /** Null: the file can be read once only. */
  readonly checkpoint: Checkpoint | null
  /** Whether an earlier run is forgotten. */
  readonly fromStart: boolean
  readonly rejectsPath: string
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly screen: ProgressLineOptions['screen']
  readonly tell: (line: string) => void
  readonly openPlatform: () => Promise<OpenedPlatform>
}

export interface ImportOutcome {
  readonly tally: Tally
  readonly elapsedMs: number
  readonly before: number
  readonly rejects: { readonly path: string; readonly rows: number }
  /** Whether it was stopped before its end. */
  readonly stopped: boolean
}

type FoundTime = CheckpointState['time']

/** @throws Error that says what to do. */
export async function runImport(options: ImportOptions): Promise<ImportOutcome> {
  const { checkpoint, clock, tell, stop } = options
  const startedAtMs = clock.nowMs()
  await using stack = new AsyncDisposableStack()
  const { client, eventLog } = await options.openPlatform()
  stack.use(eventLog)
  const earlier = await earlierRun(options, eventLog)
  const time = earlier?.time ?? (await timeOf(options))
  const tally = createTally(earlier?.tally)
  const before = tally.rows
  if (before > 0) tell(`resumed at row ${count(before + 1)}`)
  let rejects = { path: options.rejectsPath, rows: earlier?.rejectRows ?? 0 }
  if (!stop.aborted) {
    const sending = { ...options, client, eventLog, earlier, time, tally }
    rejects = await send(sending).catch((error: unknown) => {
      throw new Error(`${messageOf(error)}\n${againText(options)}`, { cause: error })
    })
  }
  const stopped = stop.aborted && !isWhole(time, tally)
  if (!stopped) checkpoint?.remove()
  return { tally, before, rejects, elapsedMs: clock.nowMs() - startedAtMs, stopped }
}

/** A signal that came with the last row stopped nothing. */
function isWhole({ rows }: FoundTime, tally: Tally): boolean {
  return rows !== null && tally.rows >= rows
}

/** The checkpoint of an earlier run on this very log. */
async function earlierRun(
  { checkpoint, fromStart, tell }: ImportOptions,
  eventLog: EventLog,
): Promise<CheckpointState | null> {
  const state = fromStart ? null : (checkpoint?.read() ?? null)
  if (state === null) return null
  if ((await recordsOf(eventLog)) >= BigInt(state.logRecords)) return state
  tell('the event log is another one than that of the last run: all rows are sent again')
  return null
}

async function recordsOf(eventLog: EventLog): Promise<bigint> {
  const offsets = await eventLog.offsetsOf(topics.engagement.name)
  return offsets.reduce((sum, { high }) => sum + high, 0n)
}

interface Sending extends ImportOptions, OpenedPlatform {
  readonly earlier: CheckpointState | null
  readonly time: FoundTime
  readonly tally: Tally
}

async function send(sending: Sending): Promise<ImportOutcome['rejects']> {
  const { client, eventLog, earlier, time, tally, clock, map, stop, checkpoint } = sending
  await using stack = new AsyncDisposableStack()
  const { rows, plan, videoPlan } = await openPlans(sending)
  const rejects = stack.use(
    openRejectsFile({
      path: sending.rejectsPath,
      map,
      names: rows.columns.names,
      before: earlier === null ? null : { bytes: earlier.rejectBytes, rows: earlier.rejectRows },
    }),
  )
  const producer = stack.use(await eventLog.openProducer())
  const encoder = openEngagementEncoder()
  // Without a single time there is nothing to hold, and nothing that could be sent.
  const hold = time.fromMs < time.toMs ? await openImportHold(client, time, clock) : null
  if (hold !== null) stack.use(hold)
  const progress = stack.use(
    progressOf(sending, 'importing', { all: time.rows, before: tally.rows }),
  )
  await sendHistory({
    rows,
    plan,
    videoPlan,
    tellVideos: (lines) => tellVideos(client, lines, tally.videos),
    writer: createHistoryWriter({ producer, encoder, clock, source: 'import', stop }),
    encoder,
    clock,
    time,
    tally,
    rejects,
    async save() {
      rejects.flush()
      const logRecords = String(await recordsOf(eventLog))
      const kept = { rejectBytes: rejects.bytes, rejectRows: rejects.rows }
      checkpoint?.write({ time, tally: stateOf(tally), logRecords, ...kept })
    },
    onRow: (row) => progress.done(row),
    stop,
    lost: hold?.lost ?? never,
  })
  return { path: rejects.path, rows: rejects.rows }
}

const never = new AbortController().signal

function againText({ checkpoint }: ImportOptions): string {
  return checkpoint === null
    ? 'Run the same command again: what was sent already counts once.'
    : 'Run the same command again: it goes on after the last checkpoint, and nothing counts twice.'
}

interface Plans {
  readonly rows: OpenRows
  readonly plan: RowPlan
  readonly videoPlan: VideoPlan | null
}

async function openPlans(options: ImportOptions): Promise<Plans> {
  const { file, map, key } = options
  const rows = await openRows(file, map)
  const plan = createRowPlan({ map, columns: rows.columns, key })
  const videoPlan = createVideoPlan({ map, columns: rows.columns, key }, plan.fell)
  return { rows, plan, videoPlan }
}

/** The time that is said, else that of the rows; what can be read only once could be of any time. */
async function timeOf(options: ImportOptions): Promise<FoundTime> {
  const { time, checkpoint, clock, stop } = options
  if (time !== null) return { ...time, rows: null }
  if (checkpoint === null) return { fromMs: 0, toMs: clock.nowMs() + AHEAD_MS, rows: null }
  const { rows, plan } = await openPlans(options)
  using progress = progressOf(options, 'reading the time', { all: null })
  const onRow = (row: number): void => progress.done(row)
  return findTime({ rows, plan, nowMs: clock.nowMs(), stop, onRow })
}

/** An import of a stream ends within the day that a hold lasts. */
const AHEAD_MS = 86_400_000

function progressOf(
  { screen, clock }: ImportOptions,
  title: string,
  amounts: { readonly all: number | null; readonly before?: number },
): ReturnType<typeof openProgressLine> {
  return openProgressLine({ screen, clock, title, unit: 'rows', ...amounts })
}

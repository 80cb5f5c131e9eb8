// `keepsake replay`: reads the log again through the path of the facts consumer, and shows that nothing changed, or what did.
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import type { ProgressLine } from '#infra/cli/progress-line.ts'
import { screenOf } from '#infra/cli/start-steps.ts'
import { readSchema } from '#infra/kafka/avro.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig, readSecret } from '#infra/runtime/config.ts'
import { keyFile } from '#infra/runtime/local-keys.ts'
import { REPLAY } from '#infra/servers/kafka-principals.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { createEngagementDecoder } from '../engagement/engagement-decoder.ts'
import { openErasureLog } from '../engagement/erased-users.ts'
import { createPseudonyms } from '../engagement/pseudonyms.ts'
import { openFrozenDays } from '../facts/frozen-days.ts'
import { BLOCK_ROWS } from '../facts/record-block.ts'
import { replay } from '../replay/replay.ts'
import type { ReplayStep } from '../replay/replay.ts'
import { findReplayRanges } from '../replay/replay-ranges.ts'
import { hasChanged, renderReplayed } from '../replay/replay-report.ts'
import { openRunningPlatform } from './running-platform.ts'

const help = `usage: npm run -s keepsake -- replay --from TIME [--to TIME] [--dry-run] [options]

Reads the events again that the log took in from one time to another, stores them as the
facts consumer did, waits until they are counted again, and shows what is other than
before. Events are exact by key: on a sound platform nothing is. Safe beside running
consumers, whose offsets stay; it may be stopped and repeated at any time.
  --from TIME, --to TIME  when the log took events in, as 2026-11-20T08:00:00Z or a date,
                          which is its beginning in UTC; --to is not included, default now
  --dry-run               only compare events with the facts that are stored; write nothing
  --batch-rows N          events of one insert, 1,000 to 1,000,000; default ${BLOCK_ROWS.toLocaleString('en-US')}, as
                          the facts consumer
  --wait SECONDS          for the counts at the end, at most; default 900

Exit code 0 when nothing changed, 3 when something did (or by a real run would), 1 on a
fault. Events are kept in the log for 7 days. A rejected event is counted by its reason,
and stands in dead.v1 since it first came.
`

const EXIT_CHANGED = 3
const BATCH_ROWS = { least: 1000, most: 1_000_000 } as const
const units = {
  remembering: 'days',
  reading: 'records',
  counting: 'spans',
} as const satisfies Record<ReplayStep, string>

const WAIT_S = { usual: 900, most: 86_400 } as const

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      'batch-rows': { type: 'string' },
      wait: { type: 'string' },
    },
  })
  if (values.from === undefined) throw new UsageError('say from when on: --from TIME')
  const fromMs = timeOf('--from', values.from)
  const toMs = values.to === undefined ? systemClock.nowMs() : timeOf('--to', values.to)
  if (fromMs >= toMs) throw new UsageError('--from is not before --to')
  const batchRows = wholeOf('--batch-rows', values['batch-rows'], BATCH_ROWS) ?? BLOCK_ROWS
  const waitS = wholeOf('--wait', values.wait, { least: 0, most: WAIT_S.most }) ?? WAIT_S.usual
  const config = readConfig(['common', 'platform'])
  // Never made anew here: by another key every event would be another person's.
  const keyPath = keyFile(config.common.KEEPSAKE_DATA_DIR, 'pseudonyms')
  if (!existsSync(keyPath)) throw new Error(`There is no ${keyPath}, by which persons are made.`)
  const erasurePath = keyFile(config.common.KEEPSAKE_DATA_DIR, 'erasures')
  if (!existsSync(erasurePath)) {
    throw new Error(`There is no ${erasurePath}, by which erased users are known.`)
  }

  await using stack = new AsyncDisposableStack()
  const running = openRunningPlatform(config, { application: 'replay', principal: REPLAY })
  const eventLog = stack.use(running.eventLog)
  const stop = new AbortController().signal
  const vault = stack.use(running.storeAs('vault', 'replayer'))
  // Said at once where the vault is away: the list of frozen days would be waited for.
  await vault.command('select 1 format Null')
  const frozenDays = await openFrozenDays({ vault, clock: systemClock, stop })
  const erasures = stack.use(
    await openErasureLog({
      eventLog,
      clock: systemClock,
      key: Buffer.from(readSecret('key of erasures', erasurePath), 'hex'),
      // Whoever waits for it is told.
      onCrash: () => undefined,
    }),
  )
  const found = await findReplayRanges(eventLog, { fromMs, toMs })
  using progress = openProgress()
  const replayed = await replay(
    {
      eventLog,
      producer: stack.use(await eventLog.openProducer()),
      clock: systemClock,
      stop,
      vault,
      session: stack.use(running.storeAs('vault', 'replayer', `replay-${randomUUID()}`)),
      audit: {
        vault: stack.use(running.storeAs('vault', 'auditor')),
        rollups: stack.use(running.storeAs('rollups', 'auditor')),
      },
      pseudonyms: createPseudonyms(Buffer.from(readSecret('key of pseudonyms', keyPath), 'hex')),
      frozenDays,
      erasures,
      decoder: createEngagementDecoder({
        schema: readSchema('engagement-v1'),
        keep: { types: eventTypes, ownActs: false },
        frozenDays: frozenDays.map,
      }),
      batchRows,
      isDryRun: values['dry-run'],
      waitMs: waitS * 1000,
      onProgress: progress.at,
    },
    found,
  )
  progress[Symbol.dispose]()
  process.stdout.write(`${renderReplayed(replayed, found.unstored).join('\n')}\n`)
  if (replayed.uncounted > 0) process.exitCode = 1
  else if (hasChanged(replayed)) process.exitCode = EXIT_CHANGED
})

/** An instant in ms since 1970; a date is its beginning in UTC. */
function timeOf(option: string, text: string): number {
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const ms = isTime ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) {
    throw new UsageError(`${option} is a time, as 2026-11-20T08:00:00Z, or a date`)
  }
  return ms
}

function wholeOf(
  option: string,
  text: string | undefined,
  { least, most }: { readonly least: number; readonly most: number },
): number | null {
  if (text === undefined) return null
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most)) {
    throw new UsageError(`${option} is a whole number, ${least} to ${most}`)
  }
  return value
}

interface Progress extends Disposable {
  readonly at: (step: ReplayStep, done: number, all: number) => void
}

interface Shown {
  readonly step: ReplayStep
  readonly all: number
  readonly line: ProgressLine
}

/** One line a step, on standard error. */
function openProgress(): Progress {
  let shown: Shown | null = null
  const close = (): void => {
    shown?.line[Symbol.dispose]()
    shown = null
  }
  return {
    at(step, done, all) {
      if (shown?.step !== step || shown.all !== all) {
        close()
        const line = openProgressLine({
          screen: screenOf(process.stderr),
          clock: systemClock,
          title: step,
          unit: units[step],
          all,
        })
        shown = { step, all, line }
      }
      shown.line.done(done)
    },
    [Symbol.dispose]: close,
  }
}

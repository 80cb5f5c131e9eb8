// `keepsake import`: brings a platform's log of its own into the event log, by a map of its columns.
import { mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import { screenOf } from '#infra/cli/start-steps.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { ensureKeyFile } from '#infra/runtime/local-keys.ts'
import { instantSchema } from '#schemas/events/base.ts'
import type { HeldTime } from '../history/import-hold.ts'
import { openCheckpoint } from '../import/checkpoint.ts'
import type { Checkpoint } from '../import/checkpoint.ts'
import { dryRun } from '../import/dry-run.ts'
import type { ImportMap } from '../import/import-map.ts'
import { STANDARD_INPUT } from '../import/log-file.ts'
import { openImportPlatform } from '../import/open-platform.ts'
import { openRows } from '../import/open-rows.ts'
import { readMap, readyMaps } from '../import/read-map.ts'
import { dryRunLines, lookLines, summaryLines } from '../import/report-lines.ts'
import { createRowPlan } from '../import/row-plan.ts'
import { runImport } from '../import/run-import.ts'
import { busiestCreator, createTally } from '../import/tally.ts'
import { createVideoPlan } from '../import/video-plan.ts'

const help = `usage: npm run -s keepsake -- import FILE --map MAP [options]

Brings in a log of another system: CSV or NDJSON, plain, gzip or zstd; - reads standard input.
Importing a file twice counts its rows once. The same command after any stop goes on where the
last one ended. Exit code 1 when a row was refused, 130 when it was stopped by Ctrl-C.
  --map MAP          a JSON file that says what the columns are, or the name of a ready one
  --maps             list the ready ones
  --dry-run          read all, send nothing, and tell what would come of it
  --from TIME        RFC 3339; rows of another time are left out, and the file is read once only
  --to TIME          exclusive; goes with --from
  --rejects FILE     refused rows go here (default: beside the checkpoint in the data folder)
  --from-start       forget how far an earlier run came
  --url URL          the collector, default the one of the running platform
  --token-file FILE  a token with scopes events:backfill videos:write, of another issuer

How to write a map: producers/import/README.md
`

const EXIT_STOPPED = 130
const ALL_TIME: HeldTime = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER }

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      map: { type: 'string' },
      maps: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
      from: { type: 'string' },
      to: { type: 'string' },
      rejects: { type: 'string' },
      'from-start': { type: 'boolean' },
      url: { type: 'string' },
      'token-file': { type: 'string' },
    },
  })
  if (values.maps === true) return listMaps()
  const [file] = positionals
  if (file === undefined || positionals.length > 1) throw new UsageError('name one FILE, or -')
  if (values.map === undefined)
    throw new UsageError(`name a --map; ready: ${readyMaps().join(' ')}`)
  const map = readMap(values.map)
  const time = timeOf(values.from, values.to)
  const stop = stopSignal()
  if (values['dry-run'] === true) return tryOut({ file, map, mapName: values.map, time, stop })

  const config = readConfig(['common', 'platform'])
  const dataDir = config.common.KEEPSAKE_DATA_DIR
  const more = [values.from ?? '', values.to ?? '', values.url ?? '']
  const checkpoint =
    file === STANDARD_INPUT ? null : await openCheckpoint({ dataDir, file, map, more })
  const outcome = await runImport({
    file,
    map,
    key: () => Buffer.from(readFileSync(ensureKeyFile(dataDir, 'import-ids'), 'utf8'), 'hex'),
    time,
    checkpoint,
    fromStart: values['from-start'] === true,
    rejectsPath: values.rejects ?? rejectsBeside(checkpoint, dataDir, map),
    clock: systemClock,
    stop,
    screen: screenOf(process.stderr),
    tell: (line) => process.stderr.write(`${line}\n`),
    openPlatform: () =>
      openImportPlatform({
        config,
        clock: systemClock,
        url: values.url,
        tokenFile: values['token-file'],
      }),
  })
  const { tally, stopped } = outcome
  const { fromMs, toMs } = tally
  const look = { creator: busiestCreator(tally), fromMs: fromMs ?? 0, toMs: toMs ?? 0 }
  const goesOn = 'The same command goes on after the last row that was sent.'
  say([
    `${stopped ? 'stopped' : 'imported'} ${nameOf(file)} by the map ${values.map}`,
    '',
    ...summaryLines({ ...outcome, width: screenOf(process.stderr).width }),
    ...(stopped ? ['', goesOn] : lookLines(look)),
  ])
  process.exitCode = stopped ? EXIT_STOPPED : Math.min(1, tally.refusals.total)
})

interface Trial {
  readonly file: string
  readonly map: ImportMap
  readonly mapName: string
  readonly time: HeldTime | null
  readonly stop: AbortSignal
}

/** Needs no platform: a hash by a key of zeros tells people apart as well. */
async function tryOut({ file, map, mapName, time, stop }: Trial): Promise<void> {
  const rows = await openRows(file, map)
  const plan = createRowPlan({ map, columns: rows.columns, key: () => Buffer.alloc(32) })
  const videoPlan = createVideoPlan(
    { map, columns: rows.columns, key: () => Buffer.alloc(32) },
    plan.fell,
  )
  const tally = createTally()
  const line = {
    screen: screenOf(process.stderr),
    clock: systemClock,
    title: 'reading',
    unit: 'rows',
    all: null,
  }
  const progress = openProgressLine(line)
  const run = await dryRun({
    rows,
    map,
    plan,
    videoPlan,
    tally,
    stop,
    nowMs: systemClock.nowMs(),
    time: time ?? ALL_TIME,
    onRow: (row) => progress.done(row),
  }).finally(() => progress[Symbol.dispose]())
  const head = `dry run of ${nameOf(file)} by the map ${mapName}: nothing was sent`
  const cut = stop.aborted ? ['stopped: this is the beginning of the file', ''] : []
  say([head, '', ...cut, ...dryRunLines(run, plan.fell, screenOf(process.stderr).width)])
  process.exitCode = stop.aborted ? EXIT_STOPPED : Math.min(1, tally.refusals.total)
}

function listMaps(): void {
  for (const name of readyMaps()) {
    const { about, notes } = readMap(name)
    say([name, `  ${about}`, ...notes.map((note) => `  - ${note}`)])
  }
}

function timeOf(from: string | undefined, to: string | undefined): HeldTime | null {
  if (from === undefined && to === undefined) return null
  if (from === undefined || to === undefined) throw new UsageError('--from and --to go together')
  const [fromMs, toMs] = [from, to].map((text) => {
    if (!instantSchema.safeParse(text).success) {
      throw new UsageError('--from and --to must be RFC 3339, as 2026-11-01T00:00:00Z')
    }
    return Date.parse(text)
  })
  if (fromMs === undefined || toMs === undefined || fromMs < 0 || fromMs >= toMs) {
    throw new UsageError('--to must lie after --from, and --from after 1970')
  }
  return { fromMs, toMs }
}

/** The first signal lets what is on its way end; the second ends everything. */
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(EXIT_STOPPED)
    process.stderr.write('\nstopping: what is on its way is finished, Ctrl-C again ends at once\n')
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

function rejectsBeside(checkpoint: Checkpoint | null, dataDir: string, map: ImportMap): string {
  if (checkpoint !== null) return checkpoint.beside(`.rejects.${map.format}`)
  const folder = join(dataDir, 'imports')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, `standard-input.rejects.${map.format}`)
}

function nameOf(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : basename(file)
}

function say(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

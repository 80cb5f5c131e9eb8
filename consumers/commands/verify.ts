// `keepsake verify`: holds the log, the facts and the published numbers of a running platform against each other.
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import type { ProgressLine } from '#infra/cli/progress-line.ts'
import { screenOf } from '#infra/cli/start-steps.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { REPLAY } from '#infra/servers/kafka-principals.ts'
import { auditNumbers } from '../audit/audit-numbers.ts'
import { auditDecisions } from '../audit/decision-audit.ts'
import { isSound, renderVerdict, verdictAsJson } from '../audit/verdict.ts'
import { findOffsetHoles } from '../audit/offset-holes.ts'
import { openRunningPlatform } from './running-platform.ts'

const help = `usage: npm run -s keepsake -- verify [--from DATE] [--to DATE] [--json]
       npm run -s keepsake -- verify --truth [FILE] [--wait SECONDS] [--url URL]

The first compares what a running platform holds, and changes nothing:
  - offsets: whether every record that counts as stored is named by a stored block
  - numbers: facts are counted again and compared with the published quarters and days
    of videos, and creators with the sums of their videos
  - leaves: whether guarded totals are published as the log of decisions has them, of all days
A span that still waits to be counted again is no difference; one that differs is looked
at again after the sealer's next passes. Ends with \`0 holes, 0 differences\`, exit code 0.
  --from DATE, --to DATE  UTC days, both included; default all that have facts or numbers
  --json                  as JSON

The second asks the reports service for what FILE, by default the truth of the simulated
platform, knows to have happened.
  --wait SECONDS          ask again until all is equal, for so long; default 0
  --url URL               the reports service, default the one of the local platform

Exit code 1 when something is missing or differs, or when nothing could be compared.
`

const DAY_MS = 86_400_000

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const fromS = dayOf('--from', values.from) ?? 0
  const toS = dayOf('--to', values.to) ?? Infinity
  if (fromS > toS) throw new UsageError('--from is a day after --to')
  const config = readConfig(['common', 'platform'])
  await using stack = new AsyncDisposableStack()
  const running = openRunningPlatform(config, { application: 'verify', principal: REPLAY })
  const eventLog = stack.use(running.eventLog)
  const vault = stack.use(running.storeAs('vault', 'auditor'))
  const rollups = stack.use(running.storeAs('rollups', 'auditor'))
  const stop = new AbortController().signal

  const offsets = await withProgress('reading', 'stored blocks', (done) =>
    findOffsetHoles({ eventLog, stop, onProgress: (blocks) => done(blocks, null) }),
  )
  const numbers = await withProgress('comparing', 'days', (done) =>
    auditNumbers({
      vault,
      rollups,
      clock: systemClock,
      stop,
      fromS,
      toS,
      onProgress: done,
      onAgain: (spans) =>
        void process.stderr.write(
          spans === 1
            ? "one span differs and is looked at again after the sealer's next pass\n"
            : `${spans} spans differ and are looked at again after the sealer's next pass\n`,
        ),
    }),
  )
  const decisions = await withProgress('reading', 'decisions', (done) =>
    auditDecisions({
      eventLog,
      rollups,
      clock: systemClock,
      stop,
      onProgress: (read) => done(read, null),
    }),
  )
  const verdict = { offsets, numbers, decisions }
  const text = values.json ? verdictAsJson(verdict) : renderVerdict(verdict).join('\n')
  process.stdout.write(`${text}\n`)
  if (!isSound(verdict) || numbers.days === 0) process.exitCode = 1
})

/** The start of a UTC day in Unix seconds. */
function dayOf(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms) || ms % DAY_MS !== 0) throw new UsageError(`${option} is a date, YYYY-MM-DD`)
  return ms / 1000
}

type Done = (amount: number, all: number | null) => void

/** Shows on a terminal how far work is. */
async function withProgress<T>(
  title: string,
  unit: string,
  work: (done: Done) => Promise<T>,
): Promise<T> {
  const screen = screenOf(process.stderr)
  if (!screen.isTerminal) return work(() => undefined)
  using lines = new DisposableStack()
  let line: ProgressLine | undefined
  return await work((amount, all) => {
    line ??= lines.use(openProgressLine({ screen, clock: systemClock, title, unit, all }))
    line.done(amount)
  })
}

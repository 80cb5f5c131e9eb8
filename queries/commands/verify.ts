// `keepsake verify --truth`: holds published numbers against what is known to have happened, per video, day and metric.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import { screenOf } from '#infra/cli/start-steps.ts'
import { count } from '#infra/cli/progress.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { compareDays } from './compare-days.ts'
import type { Comparison } from './compare-days.ts'
import { openReportsClient } from './reports-client.ts'
import type { ReportsClient } from './reports-client.ts'
import { readTrueDays } from './true-days.ts'
import type { TrueDays } from './true-days.ts'

const help = `usage: npm run -s keepsake -- verify --truth [FILE] [options]

Asks for every open total of every video and UTC day that FILE knows, and compares.
  --truth FILE    the truth of a platform; without FILE that of the simulated one,
                  which it writes into the data folder as each day is over
  --wait SECONDS  ask again until all is equal, for so long; default 0
  --url URL       the reports service, default the one of the local platform

Exit code 1 when a number differs, a video is in no report, or nothing could be compared.
Without --truth numbers are compared with the facts: see keepsake verify --help.
`

const SHOWN_DIFFERENCES = 10
const AGAIN_MS = 1000

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { truth: { type: 'boolean' }, wait: { type: 'string' }, url: { type: 'string' } },
  })
  if (values.truth !== true) throw new UsageError('say what to verify: --truth [FILE]')
  if (positionals.length > 1) throw new UsageError('name one FILE')
  const waitMs = secondsOf(values.wait ?? '0') * 1000
  const config = readConfig(['common', 'platform'])
  const file = positionals[0] ?? join(config.common.KEEPSAKE_DATA_DIR, 'simulator', 'truth.ndjson')
  if (!existsSync(file)) {
    throw new Error(`There is no ${file}: a simulated platform writes it as its days are over.`)
  }
  const truth = await readTrueDays(file)
  const [first, last] = [truth.days[0]?.day, truth.days.at(-1)?.day]
  if (first === undefined || last === undefined) throw new Error(`${file} has no whole day yet`)
  const creators = `${count(truth.videos.length)} videos of ${count(truth.creators.length)} creators`
  process.stdout.write(`${truth.days.length} days, ${first} to ${last}, ${creators}\n`)

  const reports = await openReportsClient(config, values.url)
  const startedAtMs = systemClock.nowMs()
  for (;;) {
    const comparison = await compareShown(truth, reports)
    const isOver = systemClock.nowMs() - startedAtMs >= waitMs
    if (!isOver && !isEqual(comparison)) {
      await systemClock.sleep(AGAIN_MS)
      continue
    }
    process.stdout.write(`${render(comparison).join('\n')}\n`)
    if (!isEqual(comparison) || comparison.compared === 0) process.exitCode = 1
    return
  }
})

/** Shows on a terminal how far it is. */
async function compareShown(truth: TrueDays, reports: ReportsClient): Promise<Comparison> {
  if (!process.stderr.isTTY) return compareDays(truth, reports, () => undefined)
  using progress = openProgressLine({
    screen: screenOf(process.stderr),
    clock: systemClock,
    title: 'comparing',
    unit: 'creators',
    all: truth.creators.length,
  })
  return await compareDays(truth, reports, (creators) => progress.done(creators))
}

function isEqual({ differences, unlisted }: Comparison): boolean {
  return differences.length === 0 && unlisted === 0
}

function secondsOf(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new UsageError('--wait is a number of seconds')
  return Number(text)
}

function render({ compared, differences, withheld, unlisted }: Comparison): readonly string[] {
  const shown = differences
    .slice(0, SHOWN_DIFFERENCES)
    .map(
      ({ videoId, day, metric, published, known }) =>
        `  video ${videoId} on ${day}: ${metric} is ${published}, and was ${known}`,
    )
  const states = [...withheld].map(([state, cells]) => `${count(cells)} ${state}`)
  return [
    ...shown,
    ...(differences.length > SHOWN_DIFFERENCES ? ['  ...'] : []),
    `${count(compared)} numbers compared, ${count(differences.length)} differences`,
    ...(unlisted === 0 ? [] : [`${count(unlisted)} videos are in no report`]),
    ...(states.length === 0 ? [] : [`not told, so not compared: ${states.join(', ')}`]),
  ]
}

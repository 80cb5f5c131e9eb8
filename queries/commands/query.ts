// `keepsake query`: asks the running reports service, as any client would, and prints its answer.
import { parseArgs } from 'node:util'
import { Temporal } from 'temporal-polyfill'
import { runCommand, UsageError } from '#infra/cli/command.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { isTimeZone } from '#schemas/catalogue.ts'
import { openReportsClient } from './reports-client.ts'
import { answerSchema, formatTable } from './report-table.ts'

const help = `usage: npm run -s keepsake -- query --metrics NAMES (--creator ID | --video ID,ID) [options]

Asks for a report: published numbers of any creator or video, as analysts see them.
  --metrics NAMES      as views,saves,save_rate
  --dimensions NAMES   as day, hour_of_week, video,week or region,day; without them the
                       answer is one row
  --creator ID         all videos of a creator
  --video ID,ID        these videos alone
  --last DAYS          as 28d (the default), today included
  --start DATE         instead of --last, with --end (both days are included)
  --end DATE
  --tz ZONE            whose days these are, as Europe/Berlin; default UTC
  --sort NAMES         as -views,day
  --as-of TIME         numbers as they were published then, RFC 3339
  --margins            how far off numbers with noise may be (95 %)
  --closed             leave out what is still provisional
  --max-results N      rows, default 200, at most 10000
  --format FORMAT      table (the default), csv or json
  --url URL            the reports service, default the one of the local platform

What can be asked: GET /v1/catalog of the reports service.
`

const WIDTH = 80

await runCommand(help, async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      metrics: { type: 'string' },
      dimensions: { type: 'string' },
      creator: { type: 'string' },
      video: { type: 'string' },
      last: { type: 'string' },
      start: { type: 'string' },
      end: { type: 'string' },
      tz: { type: 'string' },
      sort: { type: 'string' },
      'as-of': { type: 'string' },
      closed: { type: 'boolean' },
      margins: { type: 'boolean' },
      'max-results': { type: 'string' },
      format: { type: 'string' },
      url: { type: 'string' },
    },
  })
  const format = formatOf(values.format)
  const search = new URLSearchParams({
    ...datesOf(values),
    metrics: values.metrics ?? usage('name --metrics, as --metrics views,likes'),
    filters: filtersOf(values),
    format: format === 'csv' ? 'csv' : 'json',
    include_provisional: String(values.closed !== true),
    // A table does not print what is below its margin, asked for or not.
    margins: String(values.margins === true || format === 'table'),
  })
  const optional = {
    dimensions: values.dimensions,
    tz: values.tz,
    sort: values.sort,
    as_of: values['as-of'],
    max_results: values['max-results'],
  }
  for (const [name, value] of Object.entries(optional)) {
    if (value !== undefined) search.set(name, value)
  }
  const reports = await openReportsClient(readConfig(['common', 'platform']), values.url)
  const text = await reports.ask(`/v1/reports?${search.toString()}`)
  process.stdout.write(
    format === 'table'
      ? formatTable(answerSchema.parse(JSON.parse(text)), {
          width: WIDTH,
          margins: values.margins === true,
        })
      : format === 'json'
        ? `${text}\n`
        : text,
  )
})

function formatOf(text = 'table'): 'table' | 'csv' | 'json' {
  if (text === 'table' || text === 'csv' || text === 'json') return text
  return usage('--format is table, csv or json')
}

interface DateOptions {
  readonly last?: string | undefined
  readonly start?: string | undefined
  readonly end?: string | undefined
  readonly tz?: string | undefined
}

function datesOf({ last, start, end, tz = 'UTC' }: DateOptions): Record<string, string> {
  if (start !== undefined || end !== undefined) {
    if (last !== undefined) usage('--last goes without --start and --end')
    if (start === undefined || end === undefined) usage('--start and --end go together')
    return { start_date: start, end_date: end }
  }
  const days = /^([1-9]\d{0,3})d$/.exec(last ?? '28d')?.[1]
  if (days === undefined) return usage('--last is a number of days, as 28d')
  // The service refuses an unknown zone with a better word than we have.
  const zone = isTimeZone(tz) ? tz : 'UTC'
  const now = Temporal.Instant.fromEpochMilliseconds(systemClock.nowMs())
  const today = now.toZonedDateTimeISO(zone).toPlainDate()
  const first = today.subtract({ days: Number(days) - 1 })
  return { start_date: first.toString(), end_date: today.toString() }
}

function filtersOf({
  creator,
  video,
}: {
  readonly creator?: string | undefined
  readonly video?: string | undefined
}): string {
  if (creator === undefined && video === undefined) usage('say whose: --creator ID or --video ID')
  return [
    ...(creator === undefined ? [] : [`creator==${creator}`]),
    ...(video === undefined ? [] : [`video==${video}`]),
  ].join(';')
}

function usage(fault: string): never {
  throw new UsageError(fault)
}

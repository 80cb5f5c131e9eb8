// Renders the reads of people: sums of whole days, counts of cut days, and the views by which these are shared out.
import { dayText } from '#schemas/spans.ts'
import type { PeoplePlan } from './plan-people.ts'
import { bucketOf, ownerOf } from './render-read.ts'
import type { Owner, Statement } from './render-read.ts'

/** Rows `id`, `at_s`, `people` in the order of the measures, over the days that no row cuts. */
export function renderWholeDays(plan: PeoplePlan): Statement {
  const { measures, byVideo, timeCut, cutDaysS, span } = plan
  const owner = ownerOf(plan.subject)
  const bucket = bucketOf(timeCut, owner)
  const sums = measures.map((_, index) => `toFloat64(sum(m${index}))`)
  const sql = `
  select ${byVideo ? 'toString(owner)' : `''`} as id, ${bucket.sql} as at_s,
    [${sums.join(', ')}] as people
  from (${newestDays(plan, owner, 'day not in {cut_days:Array(Date)}')}
  ) as newest${bucket.join}
  where at >= {from_s:UInt32}
  group by id, at_s`
  return {
    sql,
    params: {
      ...paramsOf(plan, owner),
      ...bucket.params,
      cut_days: cutDaysS.map(dayText),
      from_s: span.fromS,
    },
  }
}

/** Rows `id`, `day_s`, `people` of the cut days. */
export function renderCutDays(plan: PeoplePlan): Statement {
  const { measures, byVideo, cutDaysS } = plan
  const owner = ownerOf(plan.subject)
  const sums = measures.map((_, index) => `toFloat64(sum(m${index}))`)
  const sql = `
  select ${byVideo ? 'toString(owner)' : `''`} as id, at as day_s, [${sums.join(', ')}] as people
  from (${newestDays(plan, owner, 'day in {cut_days:Array(Date)}')}
  ) as newest
  group by id, day_s`
  return { sql, params: { ...paramsOf(plan, owner), cut_days: cutDaysS.map(dayText) } }
}

/** Rows `id`, `part_s`, `views`: of each part into which rows and span cut a day, by its first instant. */
export function renderViewsOfCutDays(plan: PeoplePlan): Statement {
  const { byVideo, timeCut, cutDaysS, span, edgesS } = plan
  const owner = ownerOf(plan.subject)
  // Only the join is of use: rows by age begin at the hour of their video.
  const { join } = bucketOf(timeCut, owner)
  const ageStart = 'published_s + intDiv(at - published_s, 86400) * 86400'
  const starts =
    timeCut?.kind === 'video_age_day'
      ? `multiIf(at < {from_s:UInt32}, [day_s], at >= {to_s:UInt32}, [day_s, {to_s:UInt32}],
        [day_s, {from_s:UInt32}, if(at < published_s, 0, ${ageStart})])`
      : `[day_s, roundDown(at, {edges:Array(UInt32)})]`
  const sql = `
  select ${byVideo ? 'toString(owner)' : `''`} as id, toUInt32(arrayMax(${starts})) as part_s,
    toFloat64(sum(views)) as views
  from (
    select ${owner.column} as owner, toUnixTimestamp(quarter) as at,
      toUnixTimestamp(toStartOfDay(quarter)) as day_s, argMax(views, generation) as views
    from rollups.${owner.table}_quarters
    where ${owner.condition} and toDate(quarter) in {cut_days:Array(Date)}
      and generation <= {generation:UInt64}
    group by owner, quarter
  ) as newest${join}
  group by id, part_s`
  return {
    sql,
    params: {
      ...owner.params,
      generation: plan.generation,
      cut_days: cutDaysS.map(dayText),
      from_s: span.fromS,
      to_s: span.toS,
      edges: [0, ...edgesS],
    },
  }
}

function newestDays(plan: PeoplePlan, owner: Owner, which: string): string {
  const columns = plan.measures.map((each, index) => `argMax(${each}, generation) as m${index}`)
  return `
    select ${owner.column} as owner, toUnixTimestamp(toDateTime(day, 'UTC')) as at,
      ${columns.join(', ')}
    from rollups.${owner.table}_people_days
    where ${owner.condition} and ${which}
      and day >= {from_day:Date} and day < {to_day:Date} and generation <= {generation:UInt64}
    group by owner, day`
}

function paramsOf(plan: PeoplePlan, owner: Owner): Statement['params'] {
  const { span, generation } = plan
  return {
    ...owner.params,
    from_day: dayText(span.fromS),
    // The last day is a cut one where the span ends inside it.
    to_day: dayText(span.toS + 86_399),
    generation,
  }
}

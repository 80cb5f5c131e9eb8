// Reads people and lays them out as columns: a count per measure and row of the report, and whether it is estimated.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { PeopleMeasure } from '#schemas/measures.ts'
import { startOf } from '#schemas/spans.ts'
import type { PeopleCount } from './cell-state.ts'
import { createDayCut } from './day-cut.ts'
import type { DayCut } from './day-cut.ts'
import { sharePeople } from './people-share.ts'
import type { PeoplePlan } from './plan-people.ts'
import type { ReportPlan } from './plan.ts'
import { renderCutDays, renderViewsOfCutDays, renderWholeDays } from './render-people.ts'
import { rowGridOf } from './row-grid.ts'
import type { Line } from './row-grid.ts'
import type { Span } from './time-buckets.ts'

export interface People {
  countOf(measure: PeopleMeasure, row: number): PeopleCount
  totalOf(measure: PeopleMeasure): PeopleCount
}

/** People of whole days by the row that they lie in: `at_s` is its first instant, or its number. */
const wholeSchema = z.object({ id: z.string(), at_s: z.number(), people: z.array(z.number()) })
/** People of a day that rows cut. */
const cutSchema = z.object({ id: z.string(), day_s: z.number(), people: z.array(z.number()) })
/** Views of a part of a cut day, which begins at `part_s`. */
const viewsSchema = z.object({ id: z.string(), part_s: z.number(), views: z.number() })

export interface PeopleRows {
  readonly whole: readonly z.infer<typeof wholeSchema>[]
  readonly cut: readonly z.infer<typeof cutSchema>[]
  readonly views: readonly z.infer<typeof viewsSchema>[]
}

export async function readPeople(store: ClickhouseStore, plan: ReportPlan): Promise<People> {
  const { people } = plan
  if (people === null) return layOutPeople(plan, { whole: [], cut: [], views: [] })
  const statement = renderWholeDays(people)
  const whole = store.rows(wholeSchema, statement.sql, statement.params)
  if (people.cutDaysS.length === 0) {
    return layOutPeople(plan, { whole: await whole, cut: [], views: [] })
  }
  const cut = renderCutDays(people)
  const views = renderViewsOfCutDays(people)
  const [wholeRows, cutRows, viewsRows] = await Promise.all([
    whole,
    store.rows(cutSchema, cut.sql, cut.params),
    store.rows(viewsSchema, views.sql, views.params),
  ])
  return layOutPeople(plan, { whole: wholeRows, cut: cutRows, views: viewsRows })
}

/** Adds the people of whole days up and shares those of cut days out. */
export function layOutPeople(plan: ReportPlan, rows: PeopleRows): People {
  const grid = rowGridOf(plan)
  const measures = plan.people?.measures ?? []
  const counts = measures.map(() => new Float64Array(grid.count))
  const totals = new Float64Array(measures.length)
  const lineOf = new Map(grid.lines.map((line) => [line.videoId ?? '', line]))
  const cutOf = dayCuts(plan.people)

  /** @param row null: of the report, and in none of its rows. */
  function add(measure: number, row: number | null, people: number): void {
    totals[measure] = (totals[measure] ?? 0) + people
    const column = counts[measure]
    if (column !== undefined && row !== null) column[row] = (column[row] ?? 0) + people
  }

  for (const { id, at_s: atS, people } of rows.whole) {
    const line = lineOf.get(id)
    if (line === undefined) continue
    const row = rowOf(line, cutOf(line)?.placeOf(atS) ?? null)
    for (const [measure, some] of people.entries()) add(measure, row, some)
  }
  const views = new Map(rows.views.map((row) => [`${row.id} ${row.part_s}`, row.views]))
  for (const { id, day_s: dayS, people } of rows.cut) {
    const line = lineOf.get(id)
    const parts = (line === undefined ? undefined : cutOf(line))?.partsOf(dayS) ?? []
    const weighed = parts.map((part) => ({ ...part, views: views.get(`${id} ${part.fromS}`) ?? 0 }))
    for (const [measure, all] of people.entries()) {
      for (const [index, share] of sharePeople(all, weighed).entries()) {
        const part = parts[index]
        if (line !== undefined && part?.isInside === true)
          add(measure, rowOf(line, part.place), share)
      }
    }
  }
  const spans = grid.lines.flatMap(({ buckets }): readonly Span[] => buckets ?? [plan.span])
  return {
    countOf: (measure, row) => ({
      people: counts[measures.indexOf(measure)]?.[row] ?? 0,
      isEstimated: cutsADay(plan.people, spans[row] ?? plan.span),
    }),
    totalOf: (measure) => ({
      people: totals[measures.indexOf(measure)] ?? 0,
      isEstimated: cutsADay(plan.people, plan.span),
    }),
  }
}

function rowOf({ buckets, firstRow }: Line, place: number | null): number | null {
  if (buckets === null) return firstRow
  return place === null ? null : firstRow + place
}

/** Lines that share their rows in time share how these cut the days. */
function dayCuts(people: PeoplePlan | null): (line: Line) => DayCut | undefined {
  const known = new Map<Line['buckets'], DayCut>()
  return ({ buckets }) => {
    if (people === null) return undefined
    const cut = known.get(buckets) ?? createDayCut(buckets, people.span)
    known.set(buckets, cut)
    return cut
  }
}

/** Whether an edge of the span lies inside a UTC day that is counted. */
function cutsADay(people: PeoplePlan | null, { fromS, toS }: Span): boolean {
  if (people === null) return false
  return [fromS, toS].some(
    (edge) => edge !== startOf('day', edge) && startOf('day', edge) < people.span.toS,
  )
}

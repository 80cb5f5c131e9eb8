// Questions, horizons and plans that the tests of reports begin with.
import type { Cells } from '#queries/reports/cells.ts'
import { guardedOf } from '#queries/reports/guarded.ts'
import { createGuardedTally } from '#queries/reports/guarded-tally.ts'
import type { SealedVideo } from '#queries/reports/guarded-tally.ts'
import { noiseVariance } from '#schemas/policy.ts'
import type { NoisePolicy } from '#queries/reports/noise-policies.ts'
import { rowGridOf } from '#queries/reports/row-grid.ts'
import { layOutSums } from '#queries/reports/sums.ts'
import type { CellRow } from '#queries/reports/sums.ts'
import { layOutPeople } from '#queries/reports/people.ts'
import type { PeopleRows } from '#queries/reports/people.ts'
import { HttpProblem } from '#infra/runtime/http.ts'
import type { OwnedVideo } from '#queries/reports/directory.ts'
import type { Horizon } from '#queries/reports/horizon.ts'
import { parseReport } from '#queries/reports/parse-report.ts'
import type { ReportRequest } from '#queries/reports/parse-report.ts'
import { planReport } from '#queries/reports/plan.ts'
import type { PlanContext, ReportPlan } from '#queries/reports/plan.ts'

/** Seconds since 1970 of an RFC 3339 instant. */
export function at(text: string): number {
  return Date.parse(text) / 1000
}

/** Twenty past noon: the last closed quarter ended at 12:15. */
export const noonish: Horizon = {
  generation: '1099511627781',
  finishedAtMs: at('2026-11-24T12:20:31Z') * 1000,
  watermarkS: at('2026-11-24T12:20:00Z'),
  completeThroughS: at('2026-11-24T12:15:00Z'),
  peopleThroughS: at('2026-11-24T00:00:00Z'),
}

const asked = { start_date: '2026-11-23', end_date: '2026-11-24', metrics: 'views,likes' }

/** A request for yesterday and today, changed by `changes`; undefined leaves a parameter out. */
export function requestOf(
  changes: Readonly<Record<string, string | undefined>> = {},
): ReportRequest {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...asked, ...changes })) {
    if (value !== undefined) search.set(name, value)
  }
  return parseReport(search)
}

/** The code and detail of the problem that `act` refuses with. */
export function problemOf(act: () => unknown): { code: string; detail: string } {
  try {
    act()
  } catch (error) {
    if (error instanceof HttpProblem) return { code: error.code, detail: error.detail }
    throw error
  }
  throw new Error('nothing was refused')
}

export function video(videoId: string, publishedAt = '2026-11-01T00:00:00Z'): OwnedVideo {
  return {
    videoId,
    creatorId: '900',
    publishedAtMs: at(publishedAt) * 1000,
    deleted: false,
    hidden: false,
  }
}

/** A plan of creator 900 at twenty past noon. */
export function planOf(
  changes: Readonly<Record<string, string | undefined>>,
  context: Partial<PlanContext> = {},
): ReportPlan {
  return planReport(requestOf(changes).query, {
    scope: { kind: 'creator', creatorId: '900' },
    listed: [],
    hidden: new Set(),
    horizon: noonish,
    nowMs: noonish.finishedAtMs,
    ...context,
  })
}

const nobody: PeopleRows = { whole: [], cut: [], views: [] }

/** The standard noise, under a policy of this name. */
export const standard: NoisePolicy = {
  version: 'standard-1',
  sinceMs: at('2026-11-01T00:00:00Z') * 1000,
  variance: {
    saves: noiseVariance(0.5),
    unsaves: noiseVariance(0.25),
    shares: noiseVariance(0.5),
  },
  cellVariance: noiseVariance(0.25),
}

/** What is read of a plan beside sums of open metrics. */
export interface ReadSamples {
  readonly people?: PeopleRows
  readonly sealed?: readonly SealedVideo[]
  /** Open counts up to the seals. */
  readonly open?: readonly CellRow[]
}

/** What is read of a plan: sums in the order of its columns, the last of them none that are withheld. */
export function cellsOf(
  plan: ReportPlan,
  rows: readonly CellRow[],
  { people = nobody, sealed = [], open = [] }: ReadSamples = {},
): Cells {
  const tally = createGuardedTally(plan)
  for (const each of sealed) tally.add(each, new Map([[standard.version, standard]]))
  const used = sealed.some(({ leaves }) => leaves.length > 0) ? [standard] : []
  return {
    ...layOutSums(rowGridOf(plan), plan.read?.measures ?? [], rows),
    people: layOutPeople(plan, people),
    guarded: guardedOf(plan, tally, { open, used }),
    leftOut: { leavesOut: () => false },
  }
}

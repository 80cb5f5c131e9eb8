// Reads `filters`: which creator's and which videos' numbers a report is about.
import { HttpProblem } from '#infra/runtime/http.ts'
import { isBreakdownDimension } from '#schemas/breakdowns.ts'
import { isId } from '#schemas/ids.ts'
import { isReportDimension } from '#schemas/report-dimensions.ts'
import { hintOf } from './nearest-name.ts'
import { echo } from './parameters.ts'

export interface ReportFilter {
  readonly creatorId: string | null
  /** Distinct, ascending; null: no filter by video. */
  readonly videoIds: readonly string[] | null
}

/** More would not fit into a URL that every proxy takes. */
export const FILTER_VIDEOS_MAX = 500

/**
 * `video==1,2;creator==900`: conditions joined by AND, each dimension once.
 * @throws HttpProblem `illegal_filter`.
 */
export function parseFilters(text: string): ReportFilter {
  const conditions = new Map<string, readonly string[]>()
  for (const condition of text === '' ? [] : text.split(';')) {
    const match = /^([^=]*)==(.*)$/s.exec(condition)
    if (match === null) {
      throw illegalFilter(`"${echo(condition)}" is no condition; write video==ID,ID;creator==ID`)
    }
    const [, name = '', values = ''] = match
    if (name !== 'video' && name !== 'creator') throw notFilterable(name)
    if (conditions.has(name)) throw illegalFilter(`${name} is given twice`)
    conditions.set(name, idsOf(name, values))
  }
  const creators = conditions.get('creator') ?? []
  if (creators.length > 1) throw illegalFilter('creator takes a single id')
  return { creatorId: creators[0] ?? null, videoIds: conditions.get('video') ?? null }
}

export function illegalFilter(detail: string): HttpProblem {
  return new HttpProblem('illegal_filter', detail)
}

function idsOf(name: string, values: string): readonly string[] {
  const ids = [...new Set(values.split(','))]
  for (const id of ids) {
    if (!isId(id)) throw illegalFilter(`${name}: "${echo(id)}" is no id`)
  }
  if (ids.length > FILTER_VIDEOS_MAX) {
    throw illegalFilter(`${name} takes at most ${FILTER_VIDEOS_MAX} ids`)
  }
  return ids.toSorted(compareIds)
}

function notFilterable(name: string): HttpProblem {
  if (isBreakdownDimension(name)) {
    return illegalFilter(`${name} cannot be filtered: rows of a breakdown are fitted together`)
  }
  const hint = isReportDimension(name) ? '' : hintOf(name, ['video', 'creator'])
  return illegalFilter(`"${echo(name)}" cannot be filtered; video and creator can${hint}`)
}

/** Orders decimal ids by number, without turning them into one. */
export function compareIds(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

// Compiles a map into a plan that turns one row into its events, all of them or none, each judged as the edge judges.
import { dimensionNames } from './import-map.ts'
import type { Choice, EventSpec, ImportMap } from './import-map.ts'
import { cellId } from './ids-from-cells.ts'
import type { CellId, IdKind } from './ids-from-cells.ts'
import { conditionsOf } from './conditions.ts'
import type { Holds } from './conditions.ts'
import { createEventIds } from './event-ids.ts'
import type { Columns, RowFault } from './rows.ts'
import { cellAmount, cellChoice, cellTime } from './values-from-cells.ts'
import type { OtherwiseTally } from './values-from-cells.ts'
import { parseEvent } from '#schemas/events/event.ts'
import type { EngagementEvent } from '#schemas/events/event.ts'
import type { IdSource } from './import-map.ts'

export interface PlannedRow {
  /** Of every event of the row; NaN where it gives none. */
  readonly atMs: number
  /** As they are valid at the edge. */
  readonly events: readonly EngagementEvent[]
}

export interface RowPlan {
  /** @returns the events of a row, or why it is refused. */
  read(cells: readonly string[], arrivedAtMs: number): PlannedRow | RowFault
  /** When the row happened, without a look at the rest of it. */
  timeOf(cells: readonly string[]): number | RowFault
  readonly fell: OtherwiseTally
}

export interface RowPlanOptions {
  readonly map: ImportMap
  readonly columns: Columns
  /** Of hashed ids; asked for only when the map hashes. */
  readonly key: () => Buffer
}

interface EventPlan {
  readonly type: EventSpec['type']
  readonly label: string
  readonly holds: Holds
  readonly fields: readonly FieldPlan[]
}

interface FieldPlan {
  readonly name: string
  /** Undefined leaves the field out. */
  readonly read: (cells: readonly string[]) => string | number | undefined | RowFault
}

const noEvents: PlannedRow = { atMs: Number.NaN, events: [] }

export function createRowPlan({ map, columns, key }: RowPlanOptions): RowPlan {
  const fell: OtherwiseTally = new Map()
  const id = (source: IdSource, field: string, kind: IdKind): CellId =>
    cellId({ source, field, kind, columns, namespace: map.namespace, key })
  const choice = (source: Choice, field: string): FieldPlan => ({
    name: field,
    read: cellChoice(source, { field, columns, fell }),
  })
  const timeOf = cellTime(map.occurred_at, 'occurred_at', columns)
  const base: readonly FieldPlan[] = [
    { name: 'user_id', read: id(map.user_id, 'user_id', 'person') },
    { name: 'video_id', read: id(map.video_id, 'video_id', 'video') },
    { name: 'creator_id', read: id(map.creator_id, 'creator_id', 'person') },
    ...dimensionNames.flatMap((name) => {
      const source = map[name]
      return source === undefined ? [] : [choice(source, name)]
    }),
  ]
  const seen = new Map<string, number>()
  const plans = map.events.map((spec): EventPlan => {
    const nth = (seen.get(spec.type) ?? 0) + 1
    seen.set(spec.type, nth)
    return {
      type: spec.type,
      // A type that the map has twice can happen twice in one row.
      label: nth === 1 ? spec.type : `${spec.type} ${nth}`,
      holds: conditionsOf(spec.when, columns),
      fields: fieldsOf(spec, columns, { id, choice }),
    }
  })
  const ids = createEventIds({
    namespace: map.namespace,
    names: columns.names,
    identity: map.identity,
  })

  return {
    fell,
    timeOf,
    read(cells, arrivedAtMs) {
      const given = plans.filter(({ holds }) => holds(cells))
      if (given.length === 0) return noEvents
      const atMs = timeOf(cells)
      if (typeof atMs !== 'number') return atMs
      const timeFault = faultOfTime(atMs)
      if (timeFault !== null) return timeFault
      const shared: Record<string, unknown> = { occurred_at: new Date(atMs).toISOString() }
      const fault = fill(shared, base, cells)
      if (fault !== null) return fault
      const content = ids.contentOf(cells)
      const events: EngagementEvent[] = []
      for (const { type, label, fields } of given) {
        const input = { type, event_id: ids.idOf(label, content, atMs), ...shared }
        const wrong = fill(input, fields, cells)
        if (wrong !== null) return wrong
        const outcome = parseEvent(input, { arrivedAtMs, backfill: true })
        if (!outcome.ok) return outcome.fault
        events.push(outcome.event)
      }
      return { atMs, events }
    },
  }
}

/** The year 10,000: RFC 3339 ends there. */
const TIME_END_MS = 253_402_300_800_000

/** Bounds of what an id and RFC 3339 can say; the rest of the time's rules are the event's. */
function faultOfTime(atMs: number): RowFault | null {
  if (atMs >= 0 && atMs < TIME_END_MS) return null
  const message = atMs < 0 ? 'lies before 1970' : 'lies too far ahead; is its unit right?'
  const code = atMs < 0 ? 'out_of_range' : 'in_future'
  return { code, field: 'occurred_at', message }
}

function fill(
  target: Record<string, unknown>,
  fields: readonly FieldPlan[],
  cells: readonly string[],
): RowFault | null {
  for (const { name, read } of fields) {
    const value = read(cells)
    if (typeof value === 'object') return value
    if (value !== undefined) target[name] = value
  }
  return null
}

interface Makers {
  readonly id: (source: IdSource, field: string, kind: IdKind) => CellId
  readonly choice: (source: Choice, field: string) => FieldPlan
}

function fieldsOf(spec: EventSpec, columns: Columns, makers: Makers): readonly FieldPlan[] {
  const fields: FieldPlan[] = []
  if ('watched_ms' in spec) {
    fields.push({ name: 'watched_ms', read: cellAmount(spec.watched_ms, columns) })
  }
  if ('duration_ms' in spec && spec.duration_ms !== undefined) {
    fields.push({ name: 'duration_ms', read: cellAmount(spec.duration_ms, columns) })
  }
  if ('position_ms' in spec && spec.position_ms !== undefined) {
    fields.push({ name: 'position_ms', read: cellAmount(spec.position_ms, columns) })
  }
  if ('share_channel' in spec && spec.share_channel !== undefined) {
    fields.push(makers.choice(spec.share_channel, 'share_channel'))
  }
  if ('derived_video_id' in spec) {
    const read = makers.id(spec.derived_video_id, 'derived_video_id', 'video')
    fields.push({ name: 'derived_video_id', read })
  }
  if ('collection_id' in spec && spec.collection_id !== undefined) {
    const read = makers.id(spec.collection_id, 'collection_id', 'collection')
    fields.push({ name: 'collection_id', read })
  }
  return fields
}

// Compiles a map into a plan that turns one row into its events, all of them or none, each judged as the edge judges.
import type { FlatEvent } from '#infra/kafka/engagement-encoder.ts'
import type { EventType } from '#schemas/dimensions.ts'
import { cellId } from './ids-from-cells.ts'
import type { CellId, IdKind } from './ids-from-cells.ts'
import { conditionsOf } from './conditions.ts'
import type { Holds } from './conditions.ts'
import { createEventIds } from './event-ids.ts'
import type {
  Amount,
  Choice,
  dimensionNames,
  EventSpec,
  IdSource,
  ImportMap,
} from './import-map.ts'
import { judge } from './judge.ts'
import type { Draft } from './judge.ts'
import type { Columns, RowFault } from './rows.ts'
import { cellAmount, cellChoice, cellTime } from './values-from-cells.ts'
import type { OtherwiseTally } from './values-from-cells.ts'

export interface PlannedRow {
  /** Of every event of the row; NaN where it gives none. */
  readonly atMs: number
  /** As they are valid at the edge. */
  readonly events: readonly FlatEvent[]
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

type Cells = readonly string[]
type Text = (cells: Cells) => string | undefined
type Quantity = (cells: Cells) => number | string | undefined

interface EventPlan {
  readonly type: EventType
  readonly label: string
  readonly holds: Holds
  readonly watched: Quantity
  readonly duration: Quantity
  readonly position: Quantity
  readonly channel: Text
  readonly derived: OptionalId
  readonly collection: OptionalId
}

type OptionalId = (cells: Cells) => string | RowFault | undefined

const noEvents: PlannedRow = { atMs: Number.NaN, events: [] }
const nothing = (): undefined => undefined

export function createRowPlan({ map, columns, key }: RowPlanOptions): RowPlan {
  const fell: OtherwiseTally = new Map()
  const make: Makers = {
    id: (source, field, kind) =>
      cellId({ source, field, kind, columns, namespace: map.namespace, key }),
    choice: (source, field) =>
      source === undefined ? nothing : cellChoice(source, { field, columns, fell }),
    amount: (source) => (source === undefined ? nothing : cellAmount(source, columns)),
  }
  const timeOf = cellTime(map.occurred_at, 'occurred_at', columns)
  const baseOf = compileBase(map, make)
  const plans = eventPlans(map.events, columns, make)
  const { namespace, identity } = map
  const ids = createEventIds({ namespace, names: columns.names, identity })

  function readEvents(
    given: readonly EventPlan[],
    cells: Cells,
    arrivedAtMs: number,
  ): PlannedRow | RowFault {
    const atMs = timeOf(cells)
    if (typeof atMs !== 'number') return atMs
    const timeFault = faultOfTime(atMs)
    if (timeFault !== null) return timeFault
    const base = baseOf(cells)
    if ('code' in base) return base
    const content = ids.contentOf(cells)
    const events: FlatEvent[] = []
    for (const plan of given) {
      const { type, label } = plan
      const derived_video_id = plan.derived(cells)
      if (typeof derived_video_id === 'object') return derived_video_id
      const collection_id = plan.collection(cells)
      if (typeof collection_id === 'object') return collection_id
      const draft = {
        type,
        event_id: ids.idOf(label, content, atMs),
        ...base,
        watched_ms: plan.watched(cells),
        duration_ms: plan.duration(cells),
        position_ms: plan.position(cells),
        share_channel: plan.channel(cells),
        derived_video_id,
        collection_id,
      }
      const event = judge(draft, atMs, arrivedAtMs)
      if ('code' in event) return event
      events.push(event)
    }
    return { atMs, events }
  }

  return {
    fell,
    timeOf,
    read(cells, arrivedAtMs) {
      const given = plans.filter(({ holds }) => holds(cells))
      return given.length === 0 ? noEvents : readEvents(given, cells, arrivedAtMs)
    },
  }
}

/** What all events of a row have in common. */
type Base = Pick<Draft, 'user_id' | 'video_id' | 'creator_id' | (typeof dimensionNames)[number]>

function compileBase(map: ImportMap, make: Makers): (cells: Cells) => Base | RowFault {
  const user = make.id(map.user_id, 'user_id', 'person')
  const video = make.id(map.video_id, 'video_id', 'video')
  const creator = make.id(map.creator_id, 'creator_id', 'person')
  const region = make.choice(map.region, 'region')
  const ageBand = make.choice(map.age_band, 'age_band')
  const gender = make.choice(map.gender, 'gender')
  const device = make.choice(map.device, 'device')
  const trafficSource = make.choice(map.traffic_source, 'traffic_source')
  const followStatus = make.choice(map.follow_status, 'follow_status')
  return (cells) => {
    const user_id = user(cells)
    if (typeof user_id !== 'string') return user_id
    const video_id = video(cells)
    if (typeof video_id !== 'string') return video_id
    const creator_id = creator(cells)
    if (typeof creator_id !== 'string') return creator_id
    return {
      user_id,
      video_id,
      creator_id,
      region: region(cells),
      age_band: ageBand(cells),
      gender: gender(cells),
      device: device(cells),
      traffic_source: trafficSource(cells),
      follow_status: followStatus(cells),
    }
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

interface Makers {
  readonly id: (source: IdSource, field: string, kind: IdKind) => CellId
  readonly choice: (source: Choice | undefined, field: string) => Text
  readonly amount: (source: Amount | undefined) => Quantity
}

function eventPlans(
  specs: readonly EventSpec[],
  columns: Columns,
  make: Makers,
): readonly EventPlan[] {
  const seen = new Map<string, number>()
  return specs.map((spec) => {
    const { type, when } = spec
    const nth = (seen.get(type) ?? 0) + 1
    seen.set(type, nth)
    const collection = type === 'save' ? spec.collection_id : undefined
    return {
      type,
      // A type that the map has twice can happen twice in one row.
      label: nth === 1 ? type : `${type} ${nth}`,
      holds: conditionsOf(when, columns),
      watched: make.amount(type === 'view' ? spec.watched_ms : undefined),
      duration: make.amount(type === 'view' ? spec.duration_ms : undefined),
      position: make.amount('position_ms' in spec ? spec.position_ms : undefined),
      channel: make.choice(type === 'share' ? spec.share_channel : undefined, 'share_channel'),
      derived:
        type === 'stitch' || type === 'duet'
          ? make.id(spec.derived_video_id, 'derived_video_id', 'video')
          : nothing,
      collection:
        collection === undefined
          ? nothing
          : optional(make.id(collection, 'collection_id', 'collection')),
    }
  })
}

/** An empty cell leaves the field out. */
function optional(read: CellId): OptionalId {
  return (cells) => {
    const id = read(cells)
    return typeof id === 'object' && id.code === 'missing_field' ? undefined : id
  }
}

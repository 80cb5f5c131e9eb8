// Buckets as they are published and as they were decided, in one shape.
import { breakdownDimensions } from '#schemas/breakdowns.ts'
import type { Decision } from '#schemas/decision.ts'
import type { Clickhouse } from './clickhouse.ts'

export interface Bucket {
  /** Whose it is: `id` is a video, or the creator of a pool. */
  readonly of: 'video' | 'pool'
  readonly id: string
  readonly metric: string
  readonly ordinal: number
  readonly fromMs: number
  readonly toMs: number
  /** The creator whose pool it passed into; 0: it has cells of its own. */
  readonly pooledBy: string
  /** Days since 1970. */
  readonly days: readonly number[]
  readonly people: readonly number[]
  /** Of all dimensions, one after the other. */
  readonly cells: readonly number[]
  readonly policy: string
  readonly decidedMs: number
  readonly generation: string
}

/** The video or creator with the metric: what ordinals count in. */
export function seriesOf({ id, metric }: Pick<Bucket, 'id' | 'metric'>): string {
  return `${id} ${metric}`
}

/** Of a video as its people are marked with it. */
export function bucketKey(bucket: Bucket): string {
  return `${seriesOf(bucket)}/${bucket.ordinal}`
}

export async function readBuckets(
  rollups: Clickhouse,
  of: Bucket['of'],
  ids: readonly (number | string)[],
): Promise<readonly Bucket[]> {
  const [id, pooledBy] = of === 'video' ? ['video_id', 'pooled_by'] : ['creator_id', '0']
  // Without FINAL: rows that are not merged yet must be equal as well.
  const rows = await rollups.rows(
    `select distinct ${id}, metric, bucket, toUnixTimestamp(from_at), toUnixTimestamp(to_at), ${pooledBy},
       arrayMap(day -> toUInt32(toUInt16(day)), days), people,
       arrayConcat(${breakdownDimensions.join(', ')}), policy, toUnixTimestamp(decided_at), generation
     from rollups.${of}_buckets where ${id} in (${ids.join(', ')})
     order by ${id}, metric, bucket`,
  )
  return rows.map(([whose = '', metric = '', ordinal, from, to, pool = '', ...rest]) => {
    const [days = '[]', people = '[]', cells = '[]', policy = '', decided, generation = ''] = rest
    return {
      of,
      id: whose,
      metric,
      ordinal: Number(ordinal),
      fromMs: Number(from) * 1000,
      toMs: Number(to) * 1000,
      pooledBy: pool,
      days: numbersOf(days),
      people: numbersOf(people),
      cells: numbersOf(cells),
      policy,
      decidedMs: Number(decided) * 1000,
      generation,
    }
  })
}

/** As the server writes an array. */
function numbersOf(text: string): readonly number[] {
  return text === '[]' ? [] : text.slice(1, -1).split(',').map(Number)
}

export function bucketOf(decision: Decision): Bucket {
  const { table, subject, metric, ordinal, creator, policy } = decision
  const valuesOf = (name: string): readonly number[] =>
    decision.cells.find((each) => each.name === name)?.values ?? []
  return {
    of: table === 'pools' ? 'pool' : 'video',
    id: subject.toString(),
    metric,
    ordinal,
    fromMs: Number(decision.from_at),
    toMs: Number(decision.to_at),
    pooledBy: creator.toString(),
    days: valuesOf('days'),
    people: valuesOf('people'),
    cells: breakdownDimensions.flatMap(valuesOf),
    policy,
    decidedMs: Number(decision.decided_at),
    generation: decision.generation.toString(),
  }
}

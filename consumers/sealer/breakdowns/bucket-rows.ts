// Published buckets, of videos and of pools: what the log has decided is inserted once and never changed.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { breakdownDimensions, isBrokenDown } from '#schemas/breakdowns.ts'
import type { BreakdownDimension, BrokenDownMeasure } from '#schemas/breakdowns.ts'
import type { Decision } from '#schemas/decision.ts'
import { dayText } from '#schemas/spans.ts'
import type { DecidedRow, DecidedRows } from '../decided-publisher.ts'
import { FENCE } from '../fence.ts'

/** A row of `rollups.video_buckets` or `rollups.pool_buckets`. */
export interface BucketRow
  extends DecidedRow, Readonly<Record<BreakdownDimension, readonly number[]>> {
  readonly of: BucketOwner
  /** The video, or the creator of the pool. */
  readonly id: string
  readonly metric: BrokenDownMeasure
  readonly bucket: number
  /** Unix seconds. */
  readonly from_at: number
  readonly to_at: number
  /** The creator whose pool it passed into; 0: it has cells of its own. */
  readonly pooled_by: string
  /** As `2026-11-25`. */
  readonly days: readonly string[]
  readonly people: readonly number[]
  readonly policy: string
}

type BucketOwner = 'video' | 'pool'

/** Rows of one statement: a server takes parameters of 128 KiB, a key has some 30 bytes. */
const ROWS_MAX = 4000

const DAY_S = 86_400

const tables = {
  video: { name: 'rollups.video_buckets', id: 'video_id', also: ['pooled_by'] },
  pool: { name: 'rollups.pool_buckets', id: 'creator_id', also: [] },
} as const satisfies Record<
  BucketOwner,
  { readonly name: string; readonly id: string; readonly also: readonly string[] }
>

const numbers = z.array(z.number())
const rowSchema = z.object({
  id: z.string(),
  metric: z.string().refine(isBrokenDown),
  bucket: z.number(),
  from_at: z.number(),
  to_at: z.number(),
  pooled_by: z.string(),
  days: z.array(z.string()),
  people: numbers,
  region: numbers,
  age_band: numbers,
  gender: numbers,
  traffic_source: numbers,
  device: numbers,
  policy: z.string(),
  decided_at: z.number(),
  generation: z.string(),
})

function bucketKey({ of, id, metric, bucket }: BucketRow): string {
  return `${of}/${id}/${metric}/${bucket}`
}

function isSameBucket(a: BucketRow, b: BucketRow): boolean {
  const saying = (row: BucketRow): unknown => ({
    ...row,
    policy: '',
    decided_at: 0,
    generation: '',
  })
  return isDeepStrictEqual(saying(a), saying(b))
}

function bucketRowOf(decision: Decision): BucketRow {
  const { table, metric, creator } = decision
  if (metric === '' || table === 'totals') throw new Error('a decision on a bucket has a metric')
  const valuesOf = (name: string): readonly number[] => {
    const found = decision.cells.find((cells) => cells.name === name)?.values
    if (found !== undefined) return found
    if (table === 'pooled' && name !== 'days' && name !== 'people') return []
    throw new Error(`a decision on a bucket says nothing of ${name}`)
  }
  return {
    of: table === 'pools' ? 'pool' : 'video',
    id: decision.subject.toString(),
    metric,
    bucket: decision.ordinal,
    from_at: Number(decision.from_at / 1000n),
    to_at: Number(decision.to_at / 1000n),
    pooled_by: table === 'pooled' ? creator.toString() : '0',
    days: valuesOf('days').map((day) => dayText(day * DAY_S)),
    people: valuesOf('people'),
    region: valuesOf('region'),
    age_band: valuesOf('age_band'),
    gender: valuesOf('gender'),
    traffic_source: valuesOf('traffic_source'),
    device: valuesOf('device'),
    policy: decision.policy,
    decided_at: Number(decision.decided_at / 1000n),
    generation: decision.generation.toString(),
  }
}

export function createBucketRows(rollups: ClickhouseStore): DecidedRows<BucketRow> {
  async function publishedOf(
    owner: BucketOwner,
    rows: readonly BucketRow[],
  ): Promise<readonly BucketRow[]> {
    const found = await rollups.rows(rowSchema, publishedStatement(owner), {
      ids: idArray([...new Set(rows.map(({ id }) => id))]),
      // Of all metrics: the client would escape the quotes of their names.
      keys: `[${rows.map(({ id, bucket }) => `(${id},${bucket})`).join(',')}]`,
    })
    return found.map((row) => ({ ...row, of: owner }))
  }

  return {
    rowOf: bucketRowOf,
    keyOf: bucketKey,
    isSame: isSameBucket,
    rowsMax: ROWS_MAX,
    async published(rows) {
      const found = new Map<string, BucketRow>()
      for (const [owner, some] of Map.groupBy(rows, (row) => row.of)) {
        for (const row of await publishedOf(owner, some)) found.set(bucketKey(row), row)
      }
      return found
    },
    async publish(rows, fence) {
      for (const [owner, some] of Map.groupBy(rows, (row) => row.of)) {
        const lines = some.map((row) => Buffer.from(`${JSON.stringify(row)}\n`))
        await rollups.insert(publishStatement(owner), lines, { generation: fence })
      }
    },
    async countPublished(through) {
      const [row] = await rollups.rows(
        z.object({ buckets: z.coerce.number() }),
        `select
           (select count() from ${tables.video.name} final where generation <= {through:UInt64})
           + (select count() from ${tables.pool.name} final where generation <= {through:UInt64})
           as buckets`,
        { through },
      )
      return row?.buckets ?? 0
    },
  }
}

const dimensions = breakdownDimensions.join(', ')

function publishedStatement(owner: BucketOwner): string {
  const { name, id } = tables[owner]
  return `
    select toString(${id}) as id, metric, bucket, toUnixTimestamp(from_at) as from_at,
      toUnixTimestamp(to_at) as to_at, ${owner === 'video' ? 'toString(pooled_by)' : `'0'`} as pooled_by,
      arrayMap(day -> toString(day), days) as days, people, ${dimensions}, policy,
      toUnixTimestamp(decided_at) as decided_at, toString(generation) as generation
    from ${name} as buckets final
    where buckets.${id} in {ids:Array(UInt64)}
      and (buckets.${id}, bucket) in {keys:Array(Tuple(UInt64, UInt32))}`
}

function publishStatement(owner: BucketOwner): string {
  const { name, id, also } = tables[owner]
  const cells = breakdownDimensions.map((each) => `${each} Array(Int32)`).join(', ')
  const columns = ['metric', 'bucket', 'from_at', 'to_at', ...also, 'days', 'people']
  const rest = [...columns, ...breakdownDimensions, 'policy', 'decided_at', 'generation'].join(', ')
  return `
    insert into ${name} (${id}, ${rest})
    select id, ${rest}
    from input('id UInt64, metric String, bucket UInt32, from_at DateTime(''UTC''), to_at DateTime(''UTC''),
      pooled_by UInt64, days Array(Date), people Array(Int32), ${cells},
      policy String, decided_at DateTime(''UTC''), generation UInt64')
    where ${FENCE}
    format JSONEachRow`
}

// Tells many rows by a few numbers: a count and a sum of hashes per span, equal wherever the rows are equal in any order.
import { z } from 'zod'
import type { ClickhouseStore, QueryParams } from '#infra/clickhouse/clickhouse-store.ts'
import type { Comparison } from './comparisons.ts'

/** Of all rows of a span that are not zero throughout. */
export interface Digest {
  readonly rows: number
  readonly hash: bigint
}

/** By the start of a span in Unix seconds, or by bucket; without those that have no rows. */
export type Digests = ReadonlyMap<number, Digest>

const digestSchema = z.object({ at: z.number(), rows: z.coerce.number(), hash: z.string() })

/** Rows of a span are told apart by so many buckets of ids where they have to be looked at. */
const BUCKETS = 256

const startSeconds = ({ table }: Comparison): string =>
  `toUnixTimestamp(toDateTime(${table.start}, 'UTC'))`

const idOf = ({ scope }: Comparison): string => `${scope}_id`

const bucketOf = (comparison: Comparison): string =>
  `toUInt32(cityHash64(${idOf(comparison)}) % ${BUCKETS})`

/** Rows of zeros are left out: whether one stands there is of no consequence. */
const isCounted = ({ table }: Comparison): string =>
  table.columns.map((name) => `${name} != 0`).join(' or ')

function digestOf(comparison: Comparison, side: string, by: string): string {
  const columns = comparison.table.columns.map((name) => `toUInt64(${name})`)
  const hashed = [idOf(comparison), startSeconds(comparison), ...columns].join(', ')
  return `
    select ${by} as at, count() as rows, toString(sum(cityHash64(${hashed}))) as hash
    from (${side}) where ${isCounted(comparison)}
    group by at`
}

export interface Side {
  readonly store: ClickhouseStore
  readonly sql: string
  /** One of each part; the digests of parts add up. */
  readonly params: readonly QueryParams[]
}

/** A digest of each span. */
export function readDigests(comparison: Comparison, side: Side): Promise<Digests> {
  return read(side, digestOf(comparison, side.sql, startSeconds(comparison)))
}

/** A digest of each bucket of ids, for sides of one span. */
export function readBuckets(comparison: Comparison, side: Side): Promise<Digests> {
  return read(side, digestOf(comparison, side.sql, bucketOf(comparison)))
}

async function read({ store, params }: Side, sql: string): Promise<Digests> {
  const digests = new Map<number, Digest>()
  for (const part of params) {
    for (const { at, rows, hash } of await store.rows(digestSchema, sql, part)) {
      const before = digests.get(at) ?? { rows: 0, hash: 0n }
      digests.set(at, {
        rows: before.rows + rows,
        hash: BigInt.asUintN(64, before.hash + BigInt(hash)),
      })
    }
  }
  return digests
}

/** Where two sides are not the same, ascending. */
export function differing(one: Digests, other: Digests): readonly number[] {
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((at) => !isSame(one.get(at), other.get(at)))
    .toSorted((a, b) => a - b)
}

function isSame(one: Digest | undefined, other: Digest | undefined): boolean {
  return one?.rows === other?.rows && one?.hash === other?.hash
}

const rowSchema = z.object({ id: z.string(), values: z.array(z.string()) })

/** Numbers of a video or creator in the order of the table's columns, by id. */
export type Numbers = ReadonlyMap<string, readonly string[]>

/** Rows of one span, of the given buckets, at most `rowsMax`: the same ones first on either side. */
export async function readNumbers(
  comparison: Comparison,
  { store, sql, params }: Side,
  { buckets, rowsMax }: { readonly buckets: readonly number[]; readonly rowsMax: number },
): Promise<Numbers> {
  const columns = comparison.table.columns.map((name) => `toString(${name})`)
  const statement = `
    select toString(${idOf(comparison)}) as id, [${columns.join(', ')}] as values
    from (${sql})
    where (${isCounted(comparison)}) and ${bucketOf(comparison)} in {buckets:Array(UInt32)}
    order by ${idOf(comparison)}
    limit {rows_max:UInt32}`
  const numbers = new Map<string, readonly string[]>()
  for (const part of params) {
    const found = await store.rows(rowSchema, statement, { ...part, buckets, rows_max: rowsMax })
    for (const { id, values } of found) numbers.set(id, values)
  }
  return numbers
}

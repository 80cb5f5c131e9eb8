// The published leaves: what the log has decided and is not published yet is inserted; what is published is never changed.
import { z } from 'zod'
import { idArray } from '#infra/clickhouse/clickhouse-store.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Decision } from '#schemas/decision.ts'
import type { GuardedMeasure } from '#schemas/guarded.ts'
import { guardedNames } from '#schemas/guarded.ts'
import type { DecidedRow, DecidedRows } from '../decided-publisher.ts'
import { FENCE } from '../fence.ts'

/** A row of `rollups.video_leaves`. */
export interface LeafRow extends DecidedRow, Readonly<Record<GuardedMeasure, number>> {
  readonly video_id: string
  readonly leaf: number
  /** Unix seconds. */
  readonly from_at: number
  readonly to_at: number
  readonly policy: string
}

/** Rows of one statement: a server takes parameters of 128 KiB, a key has some 30 bytes. */
const ROWS_MAX = 4000

const rowSchema = z.object({
  video_id: z.string(),
  leaf: z.number(),
  from_at: z.number(),
  to_at: z.number(),
  saves: z.number(),
  unsaves: z.number(),
  shares: z.number(),
  policy: z.string(),
  decided_at: z.number(),
  generation: z.string(),
})

const measures = guardedNames.join(', ')

function leafKey({ video_id, leaf }: Pick<LeafRow, 'video_id' | 'leaf'>): string {
  return `${video_id}/${leaf}`
}

function isSameLeaf(a: LeafRow, b: LeafRow): boolean {
  return (
    a.from_at === b.from_at &&
    a.to_at === b.to_at &&
    a.saves === b.saves &&
    a.unsaves === b.unsaves &&
    a.shares === b.shares
  )
}

function leafRowOf(decision: Decision): LeafRow {
  const value = (name: GuardedMeasure): number => {
    const found = decision.cells.find((cells) => cells.name === name)?.values[0]
    if (found === undefined) throw new Error(`a decision on a leaf says nothing of ${name}`)
    return found
  }
  return {
    video_id: decision.subject.toString(),
    leaf: decision.ordinal,
    from_at: Number(decision.from_at / 1000n),
    to_at: Number(decision.to_at / 1000n),
    saves: value('saves'),
    unsaves: value('unsaves'),
    shares: value('shares'),
    policy: decision.policy,
    decided_at: Number(decision.decided_at / 1000n),
    generation: decision.generation.toString(),
  }
}

export function createLeafRows(rollups: ClickhouseStore): DecidedRows<LeafRow> {
  return {
    rowOf: leafRowOf,
    keyOf: leafKey,
    isSame: isSameLeaf,
    rowsMax: ROWS_MAX,
    async published(rows) {
      const found = await rollups.rows(
        rowSchema,
        `select toString(video_id) as video_id, leaf, toUnixTimestamp(from_at) as from_at,
           toUnixTimestamp(to_at) as to_at, ${measures}, policy,
           toUnixTimestamp(decided_at) as decided_at, toString(generation) as generation
         from rollups.video_leaves as leaves final
         where leaves.video_id in {ids:Array(UInt64)}
           and (leaves.video_id, leaf) in {keys:Array(Tuple(UInt64, UInt32))}`,
        {
          ids: idArray([...new Set(rows.map(({ video_id }) => video_id))]),
          keys: `[${rows.map(({ video_id, leaf }) => `(${video_id},${leaf})`).join(',')}]`,
        },
      )
      return new Map(found.map((row) => [leafKey(row), row]))
    },
    async countPublished(through) {
      const [row] = await rollups.rows(
        z.object({ leaves: z.coerce.number() }),
        `select count() as leaves from rollups.video_leaves final
         where generation <= {through:UInt64}`,
        { through },
      )
      return row?.leaves ?? 0
    },
    async publish(rows, fence) {
      if (rows.length === 0) return
      const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('')
      await rollups.insert(PUBLISH, [Buffer.from(body)], { generation: fence })
    },
  }
}

const PUBLISH = `
    insert into rollups.video_leaves
      (video_id, leaf, from_at, to_at, ${measures}, policy, decided_at, generation)
    select * from input('video_id UInt64, leaf UInt32, from_at DateTime(''UTC''), to_at DateTime(''UTC''),
      saves Int32, unsaves Int32, shares Int32, policy String, decided_at DateTime(''UTC''), generation UInt64')
    where ${FENCE}
    format JSONEachRow`

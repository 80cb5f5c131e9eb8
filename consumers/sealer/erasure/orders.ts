// Orders to erase a user: how far each is, as it is written down, and what it names.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { VAULT_FENCE } from '../fence.ts'

/** **lost**: what it names is not all there, as after a restore; it is to be ordered anew. */
export type OrderState = 'ordered' | 'under_way' | 'done' | 'lost'

/** Keys of facts, and persons. */
export interface OrderSize {
  readonly acts: number
  readonly people: number
}

/** With the size that it began with. */
export interface ErasureOrder extends OrderSize {
  /** As decimal digits. */
  readonly id: string
  readonly state: OrderState
}

const orderSchema = z.object({
  id: z.string(),
  state: z.enum(['ordered', 'under_way', 'done', 'lost']),
  acts: z.coerce.number(),
  people: z.coerce.number(),
})

const selectOrders = `
  select toString(order_id) as id, state, acts, people from vault.erasures final`

/** Orders that are not done, the oldest first. */
export function readOpenOrders(vault: ClickhouseStore): Promise<readonly ErasureOrder[]> {
  return vault.rows(
    orderSchema,
    `${selectOrders} where state in ('ordered', 'under_way') order by at, order_id`,
  )
}

/** Null: there is none of this number. */
export async function readOrder(vault: ClickhouseStore, id: string): Promise<ErasureOrder | null> {
  const [order] = await vault.rows(orderSchema, `${selectOrders} where order_id = {order:UInt64}`, {
    order: id,
  })
  return order ?? null
}

export interface Progress {
  readonly state: Exclude<OrderState, 'ordered'>
  readonly atMs: number
  readonly generation: bigint
}

/** Writes down how far an order is. @throws PipelineError `fenced` when a newer sealer has taken over. */
export async function writeProgress(
  vault: ClickhouseStore,
  id: string,
  { state, atMs, generation }: Progress,
): Promise<void> {
  await vault.insertSelect(
    `insert into vault.erasures (order_id, state, at, acts, people, generation)
     select {order:UInt64}, {state:String}, fromUnixTimestamp64Milli({at:Int64}), 0, 0,
       {generation:UInt64}
     where ${VAULT_FENCE}`,
    { order: id, state, at: atMs, generation },
  )
}

const sizeSchema = z.object({ acts: z.coerce.number(), people: z.coerce.number() })

/** What there is of an order now. */
export async function sizeOf(vault: ClickhouseStore, id: string): Promise<OrderSize> {
  const [size] = await vault.rows(
    sizeSchema,
    `select
       (select count() from vault.erasing_acts final where order_id = {order:UInt64}) as acts,
       (select count() from vault.erasing_people final where order_id = {order:UInt64}) as people`,
    { order: id },
  )
  return size ?? { acts: 0, people: 0 }
}

/** Forgets everything that an order names. A partition's name cannot be a parameter; this one is of digits alone. */
export async function dropNamed(vault: ClickhouseStore, id: string): Promise<void> {
  for (const table of ['vault.erasing_acts', 'vault.erasing_people']) {
    await vault.command(`alter table ${table} drop partition ${BigInt(id)}`)
  }
}

const idSchema = z.object({ id: z.string() })

/** Numbers under which persons were written down before an instant, of orders never given or over. */
export async function abandonedOrders(
  vault: ClickhouseStore,
  beforeS: number,
): Promise<readonly string[]> {
  const rows = await vault.rows(
    idSchema,
    `select toString(order_id) as id from vault.erasing_people
     where order_id not in (
       select order_id from vault.erasures final where state in ('ordered', 'under_way')
     )
     group by order_id having max(prepared_at) < toDateTime({before:UInt32}, 'UTC')`,
    { before: beforeS },
  )
  return rows.map(({ id }) => id)
}

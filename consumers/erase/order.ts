// Gives the sealer an order to erase what was found, looks how far it is, and takes back what was never given.
import { randomBytes } from 'node:crypto'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { readOrder } from '../sealer/erasure/orders.ts'
import type { OrderSize, OrderState } from '../sealer/erasure/orders.ts'

const POLL_MS = 500

/** A number that nobody can guess another one by, as decimal digits. */
export function newOrder(): string {
  return (randomBytes(8).readBigUInt64LE() >> 1n).toString()
}

/** Written last: the sealer takes an order for whole. */
export function giveOrder(
  vault: ClickhouseStore,
  order: string,
  { acts, people }: OrderSize,
  nowMs: number,
): Promise<void> {
  return vault.insertSelect(
    `insert into vault.erasures (order_id, state, at, acts, people, generation)
     select {order:UInt64}, 'ordered', fromUnixTimestamp64Milli({at:Int64}),
       {acts:UInt64}, {people:UInt64}, 0`,
    { order, at: nowMs, acts, people },
  )
}

export interface OrderWait {
  readonly vault: ClickhouseStore
  readonly clock: Clock
  readonly stop: AbortSignal
  readonly waitMs: number
}

/** Waits until an order is over, or time is. @returns its state then; null: there is no such order. */
export async function awaitOrder(
  { vault, clock, stop, waitMs }: OrderWait,
  order: string,
): Promise<OrderState | null> {
  const deadlineMs = clock.nowMs() + waitMs
  for (;;) {
    stop.throwIfAborted()
    const state = (await readOrder(vault, order))?.state ?? null
    const isOver = state === null || state === 'done' || state === 'lost'
    if (isOver || clock.nowMs() >= deadlineMs) return state
    await clock.sleep(POLL_MS, stop)
  }
}

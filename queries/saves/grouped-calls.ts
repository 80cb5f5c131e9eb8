// Joins what concurrent requests want into one call: while a call is under way the next ones gather, and each caller still gets its own answer.
import type { Clock } from '#infra/runtime/clock.ts'

export interface GroupedCalls<Item, Result> {
  /**
   * The result of `item`, or what its group's call threw. `sinceMs`: from when on the linger counts,
   * for an item whose request has waited elsewhere; now if left out.
   */
  add(item: Item, sinceMs?: number): Promise<Result>
}

export interface GroupedCallsOptions<Item, Result> {
  readonly clock: Clock
  /** How long the first item of a group waits for company; 0: not at all. */
  readonly lingerMs: number
  /** Items of one group. */
  readonly itemsMax: number
  /** One result an item, in the order of the items. */
  readonly call: (items: readonly Item[]) => Promise<readonly Result[]>
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly sinceMs: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** One call is under way at a time. */
export function createGroupedCalls<Item, Result>(
  options: GroupedCallsOptions<Item, Result>,
): GroupedCalls<Item, Result> {
  const { clock, lingerMs, itemsMax, call } = options
  const waiting: Waiting<Item, Result>[] = []
  let running = false

  async function run(): Promise<void> {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      // Never longer than the linger, whatever was done to the clock meanwhile.
      const leftMs = Math.min(lingerMs, first.sinceMs + lingerMs - clock.nowMs())
      if (leftMs > 0) await clock.sleep(leftMs)
      await callFor(waiting.splice(0, itemsMax))
    }
    running = false
  }

  async function callFor(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = (await call(group.map(({ item }) => item))).values()
      for (const { resolve, reject } of group) {
        const { done, value } = results.next()
        if (done === true) reject(new Error('a grouped call answered fewer results than items'))
        else resolve(value)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  return {
    add(item, sinceMs = clock.nowMs()) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      waiting.push({ item, sinceMs, resolve, reject })
      if (!running) {
        running = true
        void run()
      }
      return promise
    },
  }
}

// The sealer's part of an erasure: what a user added to open totals moves to residue at one stroke, then facts and people go.
import { z } from 'zod'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { abandonedOrders, dropNamed, readOpenOrders, sizeOf, writeProgress } from './orders.ts'
import type { ErasureOrder, Progress } from './orders.ts'
import {
  countLeftStatement,
  deleteStatement,
  deletions,
  markCountingStatement,
  storeActsStatement,
  storePeopleStatement,
} from './residue.ts'

export interface ErasingOptions {
  readonly log: Logger
  readonly clock: Clock
  readonly vault: ClickhouseStore
  /** A higher one at every call: what is written down later wins. */
  readonly nextGeneration: () => bigint
}

export interface Erasing {
  /**
   * Goes on with orders for a few seconds and never waits for a deletion. To be called before anything
   * is counted: between two turns every fact counts once, in facts or in residue; a turn that fails may
   * leave it in both, which the next one mends. So nothing may be counted after a failure until a turn
   * succeeds. @throws PipelineError, `fenced` where another sealer has taken over.
   */
  turn(): Promise<void>
}

/** Work of one turn: live minutes wait no longer for it than this and one order. */
const WORK_MS_MAX = 4000

/** No command prepares an order for so long, unless it was killed. */
const ABANDONED_S = 86_400

const TIDY_EVERY_MS = 600_000

/**
 * A deletion is begun again when rows are left for so long: it does not reach what was inserted after it
 * began, as by a seal that marks people, or by a consumer that was stopped in the middle of a block.
 */
const AGAIN_MS = 120_000

export function createErasing({ log, clock, vault, nextGeneration }: ErasingOptions): Erasing {
  let tidyAtMs = 0
  /** When this process has begun deletions, by order and table. */
  const begunAtMs = new Map<string, number>()

  /** Every line can be the last one of a process: what was stored is replaced, until it is written down. */
  async function toResidue({ id }: ErasureOrder): Promise<void> {
    const params = { order: id, generation: nextGeneration() }
    await vault.insertSelect(markCountingStatement(), params)
    await vault.insertSelect(storeActsStatement(), params)
    await vault.insertSelect(storePeopleStatement(), params)
    // From here on its facts count no more.
    await writeDown(id, 'under_way')
  }

  /** @returns whether all is deleted; else that has begun. */
  async function isDeleted({ id }: ErasureOrder): Promise<boolean> {
    for (const deletion of deletions) {
      const [left] = await vault.rows(countSchema, countLeftStatement(deletion), { order: id })
      if ((left?.rows ?? 0) === 0) continue
      const key = `${id} ${deletion.table}`
      if ((begunAtMs.get(key) ?? -Infinity) + AGAIN_MS <= clock.nowMs()) {
        await vault.command(deleteStatement(deletion), { order: id })
        begunAtMs.set(key, clock.nowMs())
      }
      return false
    }
    for (const { table } of deletions) begunAtMs.delete(`${id} ${table}`)
    return true
  }

  async function goOn(order: ErasureOrder): Promise<void> {
    const { id, state } = order
    if (state === 'ordered') {
      if (!(await isWhole(order))) {
        log.error({ order: id }, 'an order to erase a user is not whole: it is to be ordered anew')
        // In this order: whoever was overtaken may not take anything away.
        await writeDown(id, 'lost')
        return dropNamed(vault, id)
      }
      await toResidue(order)
    }
    if (!(await isDeleted(order))) return
    await dropNamed(vault, id)
    await writeDown(id, 'done')
    log.info({ order: id }, 'erased a user from facts and people')
  }

  async function isWhole({ id, acts, people }: ErasureOrder): Promise<boolean> {
    const size = await sizeOf(vault, id)
    return size.acts === acts && size.people === people
  }

  function writeDown(id: string, state: Progress['state']): Promise<void> {
    return writeProgress(vault, id, { state, atMs: clock.nowMs(), generation: nextGeneration() })
  }

  /** Forgets persons that no open order names: nobody else would. */
  async function tidy(): Promise<void> {
    if (clock.nowMs() < tidyAtMs) return
    tidyAtMs = clock.nowMs() + TIDY_EVERY_MS
    const beforeS = Math.floor(clock.nowMs() / 1000) - ABANDONED_S
    for (const id of await abandonedOrders(vault, beforeS)) await dropNamed(vault, id)
  }

  return {
    async turn() {
      await tidy()
      const deadlineMs = clock.nowMs() + WORK_MS_MAX
      for (const order of await readOpenOrders(vault)) {
        await goOn(order)
        if (clock.nowMs() > deadlineMs) return
      }
    },
  }
}

const countSchema = z.object({ rows: z.coerce.number() })

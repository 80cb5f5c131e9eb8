// What `keepsake erase` has to say at its end, without ids and counts of the user: a receipt, or where to look later.
import type { OrderState } from '../sealer/erasure/orders.ts'

export interface Outcome {
  readonly lines: readonly string[]
  /** 0: done; 1: a fault; 3: the sealer has it still to do. */
  readonly code: 0 | 1 | 3
}

/** What is true once an erasure is done, and what is not. */
const receipt = [
  'Erased: facts and people. Published numbers stand as before.',
  'Whenever events are read again, facts leave out what this user did up to now.',
  'Not erased: save list, collections, notifications, events in Kafka (7 days), dead letters (30 days), backups.',
]

export const nothingFound: Outcome = {
  lines: ['Facts and people hold nothing of this user.', ...receipt],
  code: 0,
}

/** @param state null: there is no such order. */
export function outcomeOf(order: string, state: OrderState | null): Outcome {
  switch (state) {
    case 'done':
      return { lines: [`order ${order} is done`, ...receipt], code: 0 }
    case 'lost':
      return {
        lines: [`order ${order} was not whole any more, as after a restore: erase the user again`],
        code: 1,
      }
    case null:
      return { lines: [`there is no order ${order}`], code: 1 }
    case 'ordered':
    case 'under_way':
      return {
        lines: [
          `order ${order} is still to be carried out by the sealer: npm run -s keepsake -- status says whether it runs`,
          `look later: npm run -s keepsake -- erase --order ${order}`,
        ],
        code: 3,
      }
    default:
      return state satisfies never
  }
}

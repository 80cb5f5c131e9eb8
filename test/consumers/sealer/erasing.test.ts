// Orders to erase a user, turn by turn: what is deleted, when it is deleted again, and what is done about an order that is not whole.
import { expect, test } from 'vitest'
import { createErasing } from '#consumers/sealer/erasure/erasing.ts'
import type { ClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { createLog } from '#infra/runtime/log.ts'
import { createManualClock } from '../../support/manual-clock.ts'

interface Scene {
  state: 'ordered' | 'under_way'
  /** Rows that are left of facts, and of people. */
  readonly left: { facts: number; people: number }
  /** Persons that are there, of one that was ordered. */
  people: number
}

/** A vault that answers what erasing asks, and keeps the statements that change it. */
function vaultOf(now: Scene): { readonly vault: ClickhouseStore; readonly did: string[] } {
  const did: string[] = []
  const answer = (sql: string): readonly unknown[] => {
    if (sql.includes('having max(prepared_at)')) return []
    if (sql.includes('as people')) return [{ acts: 1, people: now.people }]
    if (sql.includes('from vault.erasures final where state in')) {
      return [{ id: '12', state: now.state, acts: 1, people: 1 }]
    }
    return [{ rows: sql.includes('from vault.facts') ? now.left.facts : now.left.people }]
  }
  const keep = async (sql: string, params?: Readonly<Record<string, unknown>>): Promise<void> => {
    const what = /(delete from|drop partition|insert into) ?([\w.]*)/.exec(sql)
    const table = /alter table ([\w.]+)/.exec(sql)?.[1] ?? what?.[2] ?? ''
    const state = params?.['state']
    did.push(`${what?.[1]} ${table}${typeof state === 'string' ? ` ${state}` : ''}`)
  }
  const never = async (): Promise<never> => {
    throw new Error('not asked for')
  }
  return {
    did,
    vault: {
      command: keep,
      insertSelect: keep,
      rows: async (row, sql) => answer(sql).map((each) => row.parse(each)),
      read: never,
      insert: never,
      [Symbol.asyncDispose]: async () => undefined,
    },
  }
}

function scene(given: Partial<Scene> = {}) {
  const now: Scene = { state: 'under_way', left: { facts: 1, people: 1 }, people: 1, ...given }
  const clock = createManualClock(1_000_000)
  let generation = 0n
  const { vault, did } = vaultOf(now)
  const log = createLog({ name: 'test', level: 'silent' })
  const erasing = createErasing({ log, clock, vault, nextGeneration: () => (generation += 1n) })
  return { now, clock, did, erasing }
}

test('facts go before people, and an order is done when nothing is left', async () => {
  const { now, did, erasing } = scene()
  await erasing.turn()
  now.left.facts = 0
  await erasing.turn()
  now.left.people = 0
  await erasing.turn()
  expect(did).toEqual([
    'delete from vault.facts',
    'delete from vault.people',
    'drop partition vault.erasing_acts',
    'drop partition vault.erasing_people',
    'insert into vault.erasures done',
  ])
})

test('a deletion that is under way is not begun again, until it must have missed something', async () => {
  const { clock, did, erasing } = scene()
  await erasing.turn()
  await erasing.turn()
  expect(did).toEqual(['delete from vault.facts'])
  await clock.advance(120_000)
  await erasing.turn()
  expect(did).toEqual(['delete from vault.facts', 'delete from vault.facts'])
})

test('an order that is not whole moves nothing and is lost', async () => {
  const { did, erasing } = scene({ state: 'ordered', people: 0 })
  await erasing.turn()
  expect(did).toEqual([
    'insert into vault.erasures lost',
    'drop partition vault.erasing_acts',
    'drop partition vault.erasing_people',
  ])
})

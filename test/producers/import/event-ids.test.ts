// The id of an event is made of its row: the same row is the same event, whatever is around it.
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createEventIds } from '#producers/import/event-ids.ts'
import { isUuid7, uuid7TimeMs } from '#schemas/ids.ts'

const row = fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }), fc.string({ maxLength: 4 }))
const atMs = 1_650_812_741_436

function contentOf(cells: Readonly<Record<string, string>>, order = Object.keys(cells)): string {
  const ids = createEventIds({ namespace: 'n', names: order, identity: undefined })
  return ids.contentOf(order.map((name) => cells[name] ?? ''))
}

test('columns in another order, empty ones left out, make the same id', () => {
  fc.assert(
    fc.property(row, (cells) => {
      const names = Object.keys(cells)
      expect(contentOf(cells, names.toReversed())).toBe(contentOf(cells))
      const filled = names.filter((name) => cells[name] !== '')
      expect(contentOf(cells, filled)).toBe(contentOf(cells))
    }),
  )
})

test('rows that differ in any cell make two ids', () => {
  const filled = (cells: Readonly<Record<string, string>>): string =>
    JSON.stringify(
      Object.entries(cells)
        .filter(([, cell]) => cell !== '')
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  fc.assert(
    fc.property(row, row, (a, b) => {
      expect(contentOf(a) === contentOf(b)).toBe(filled(a) === filled(b))
    }),
  )
  expect(contentOf({ a: '1', b: '23' })).not.toBe(contentOf({ a: '12', b: '3' }))
})

test('an id is a UUID of version 7 of its instant, another for each type and namespace', () => {
  const ids = createEventIds({ namespace: 'n', names: ['a'], identity: undefined })
  const others = createEventIds({ namespace: 'm', names: ['a'], identity: undefined })
  const content = ids.contentOf(['1'])
  const made = [
    ids.idOf('view', content, atMs),
    ids.idOf('like', content, atMs),
    ids.idOf('view', content, atMs + 1),
    others.idOf('view', content, atMs),
  ]
  expect(made.every(isUuid7)).toBe(true)
  expect(made.map(uuid7TimeMs)).toEqual([atMs, atMs, atMs + 1, atMs])
  expect(new Set(made).size).toBe(4)
})

test('ids never change: what was imported once would count twice', () => {
  const ids = createEventIds({ namespace: 'kuairand', names: ['b', 'a'], identity: undefined })
  expect(ids.idOf('view', ids.contentOf(['2', '1']), atMs)).toBe(
    '01805c1b-673c-7b5f-97e4-1509952fbde8',
  )
})

test('where a map names the columns of identity, the others tell nothing', () => {
  const ids = createEventIds({ namespace: 'n', names: ['id', 'seen'], identity: ['id'] })
  expect(ids.contentOf(['7', 'today'])).toBe(ids.contentOf(['7', 'yesterday']))
  expect(ids.contentOf(['7', 'today'])).not.toBe(ids.contentOf(['8', 'today']))
})

test('columns that come later take part', () => {
  const names = ['a']
  const ids = createEventIds({ namespace: 'n', names, identity: undefined })
  const before = ids.contentOf(['1'])
  names.push('b')
  expect(ids.contentOf(['1'])).toBe(before)
  expect(ids.contentOf(['1', '2'])).not.toBe(before)
})

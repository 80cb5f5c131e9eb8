// What a row of guarded numbers is worth, by how leaves lie to it.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { touch, touchOf, weaker, worthOf } from '#queries/reports/guarded-worth.ts'
import type { Worth } from '#queries/reports/guarded-worth.ts'

const span = (fromS: number, toS: number) => ({ fromS, toS })
const seals = { beginS: 100, throughS: 500, ended: false }

describe('a leaf lies to a row', () => {
  test.each([
    ['whole within it', span(90, 200), touch.whole],
    ['whole, from edge to edge', span(100, 200), touch.whole],
    ['cut by an edge that reaches out of it', span(150, 300), touch.edge],
    ['around it', span(120, 180), touch.inside],
    ['around it, with an edge in common', span(120, 200), touch.inside],
    ['around what of it has begun', span(0, 180), touch.inside],
  ])('%s', (_how, row, expected) => {
    expect(touchOf(row, span(100, 200), 100)).toBe(expected)
  })
})

describe('a row of one video', () => {
  test.each<[Worth, ReturnType<typeof span>, number]>([
    ['not_applicable', span(0, 100), 0],
    ['not_applicable', span(300, 300), 0],
    ['value', span(0, 200), touch.whole],
    ['estimated', span(150, 450), touch.whole | touch.edge],
    ['coarser', span(150, 160), touch.inside],
    ['estimated', span(150, 450), touch.whole | touch.inside],
    ['partial', span(400, 600), touch.whole],
    ['not_yet', span(500, 600), 0],
  ])('is %s', (worth, row, marks) => {
    expect(worthOf(row, seals, marks)).toBe(worth)
  })

  test('without any leaf is not sealed yet', () => {
    const none = { beginS: 100, throughS: 100, ended: false }
    expect(worthOf(span(0, 200), none, 0)).toBe('not_yet')
    expect(worthOf(span(0, 100), none, 0)).toBe('not_applicable')
  })

  test('past the last leaf that it will ever have is whole', () => {
    const ended = { ...seals, ended: true }
    expect(worthOf(span(400, 600), ended, touch.whole)).toBe('value')
    expect(worthOf(span(500, 600), ended, 0)).toBe('not_applicable')
  })
})

describe('a sum over videos', () => {
  const over = (...worths: readonly Worth[]): Worth => worths.reduce(weaker, 'not_applicable')

  test('is as weak as the weakest', () => {
    expect(over('value', 'estimated', 'value')).toBe('estimated')
    expect(over('estimated', 'coarser')).toBe('coarser')
    expect(over('coarser', 'partial', 'value')).toBe('partial')
    expect(over('not_applicable', 'value')).toBe('value')
  })

  test('is partial where some are not sealed, and not there yet where none are', () => {
    expect(over('not_yet', 'value')).toBe('partial')
    expect(over('value', 'not_yet', 'not_yet')).toBe('partial')
    expect(over('not_yet', 'not_applicable', 'not_yet')).toBe('not_yet')
  })

  test('does not depend on the order of videos', () => {
    const worth = fc.constantFrom<Worth>(
      'not_applicable',
      'not_yet',
      'partial',
      'coarser',
      'estimated',
      'value',
    )
    fc.assert(
      fc.property(fc.array(worth), fc.nat(), (worths, at) => {
        const cut = at % (worths.length + 1)
        const turned = [...worths.slice(cut), ...worths.slice(0, cut)].toReversed()
        expect(over(...turned)).toBe(over(...worths))
        expect(weaker(over(...worths.slice(0, cut)), over(...worths.slice(cut)))).toBe(
          over(...worths),
        )
      }),
    )
  })
})

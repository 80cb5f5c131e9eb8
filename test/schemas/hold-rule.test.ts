// How long an import's hold lasts, told by the records of the log alone: silence, age and an end each end it, and nothing revives it.
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHoldBook, holdStateAt, isNamed, overAtMs } from '#schemas/hold-rule.ts'
import type { Hold, HoldBook } from '#schemas/hold-rule.ts'
import { importLimits } from '#schemas/import-hold.ts'
import type { ImportAct, ImportScope } from '#schemas/import-hold.ts'

const { silenceMs, lifetimeMs, openMax, knownMax, knownForMs } = importLimits
const startMs = 1_790_000_000_000
const everything: ImportScope = { from: 0n, to: 1_790_000_000_000n, creators: [], videos: [] }

type Acts = readonly (readonly [act: ImportAct, afterMs: number])[]

function apply(book: HoldBook, importId: string, acts: Acts): Hold | undefined {
  for (const [act, afterMs] of acts) {
    const scope = act === 'opened' ? everything : null
    book.apply({ import_id: importId, act, scope }, startMs + afterMs)
  }
  return book.find(importId)
}

/** The hold after acts, each so many ms after the start. */
function held(...acts: Acts): Hold {
  const hold = apply(createHoldBook(), 'a', acts)
  if (hold === undefined) throw new Error('there is no hold')
  return hold
}

describe('a hold', () => {
  test('expires after three heartbeats of silence', () => {
    const hold = held(['opened', 0], ['heartbeat', 30_000])
    expect(overAtMs(hold)).toBe(startMs + 30_000 + silenceMs)
    expect(holdStateAt(hold, startMs + 30_000 + silenceMs - 1)).toBe('open')
    expect(holdStateAt(hold, startMs + 30_000 + silenceMs)).toBe('expired')
    expect(silenceMs).toBe(3 * importLimits.heartbeatEveryS * 1000)
  })

  test('expires a day after it was opened, however often it is heard from', () => {
    const beats = Array.from(
      { length: lifetimeMs / 30_000 },
      (_, index) => ['heartbeat', (index + 1) * 30_000] as const,
    )
    const hold = held(['opened', 0], ...beats)
    expect(overAtMs(hold)).toBe(startMs + lifetimeMs)
    expect(holdStateAt(hold, startMs + lifetimeMs - 1)).toBe('open')
    expect(holdStateAt(hold, startMs + lifetimeMs)).toBe('expired')
  })

  test('ends when it is ended, and was open until then', () => {
    const hold = held(['opened', 0], ['ended', 5000])
    expect(holdStateAt(hold, startMs + 4999)).toBe('open')
    expect(holdStateAt(hold, startMs + 5000)).toBe('ended')
  })

  test.each<readonly [string, Acts]>([
    ['a late heartbeat', [['heartbeat', silenceMs]]],
    ['a late end', [['ended', silenceMs + 1]]],
    ['a second opening', [['opened', 2 * silenceMs]]],
  ])('that has expired is not changed by %s', (_what, late) => {
    expect(held(['opened', 0], ...late)).toEqual(held(['opened', 0]))
  })

  test('that was ended is not changed by anything', () => {
    const ended = held(['opened', 0], ['ended', 10])
    const more: Acts = [
      ['heartbeat', 20],
      ['opened', 30],
      ['ended', 40],
    ]
    expect(held(['opened', 0], ['ended', 10], ...more)).toEqual(ended)
  })

  test('that was never opened is not there', () => {
    const book = createHoldBook()
    const acts: Acts = [
      ['heartbeat', 0],
      ['ended', 1],
    ]
    expect(apply(book, 'a', acts)).toBeUndefined()
    book.apply({ import_id: 'a', act: 'opened', scope: null }, startMs)
    expect(book.find('a')).toBeUndefined()
  })

  test('is over for good once it is, within a day, and heartbeats in time keep it open', () => {
    const acts = fc.array(
      fc.tuple(
        fc.constantFrom<ImportAct>('opened', 'heartbeat', 'heartbeat', 'heartbeat', 'ended'),
        fc.integer({ min: 0, max: 1.2 * silenceMs }),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(acts, (steps) => {
        const book = createHoldBook()
        apply(book, 'a', [['opened', 0]])
        let atMs = startMs
        let lastHeardMs = startMs
        let over = false
        for (const [act, afterMs] of steps) {
          atMs += afterMs
          // The rule once more, step by step.
          over ||= atMs - lastHeardMs >= silenceMs || atMs - startMs >= lifetimeMs
          if (act === 'heartbeat') lastHeardMs = atMs
          apply(book, 'a', [[act, atMs - startMs]])
          over ||= act === 'ended'
          expect(book.openAt(atMs).length).toBe(over ? 0 : 1)
        }
        const hold = book.find('a')
        expect(hold === undefined ? 0 : overAtMs(hold)).toBeLessThanOrEqual(startMs + lifetimeMs)
      }),
    )
  })
})

describe('holds together', () => {
  test('are open at once up to their bound, and one that is over makes room', () => {
    const book = createHoldBook()
    for (let index = 0; index <= openMax; index++) apply(book, `id${index}`, [['opened', index]])
    expect(book.openAt(startMs + openMax).length).toBe(openMax)
    expect(book.find(`id${openMax}`)).toBeUndefined()
    apply(book, 'id0', [['ended', 200]])
    expect(apply(book, 'again', [['opened', 201]])).toBeDefined()
  })

  test('are opened up to a bound in two days, after which they are forgotten', () => {
    const book = createHoldBook()
    for (let index = 0; index <= knownMax; index++) {
      apply(book, `id${index}`, [
        ['opened', index],
        ['ended', index],
      ])
    }
    expect(book.find(`id${knownMax - 1}`)).toBeDefined()
    expect(book.find(`id${knownMax}`)).toBeUndefined()
    expect(book.hasRoomAt(startMs + knownForMs - 1)).toBe(false)
    expect(book.hasRoomAt(startMs + knownForMs)).toBe(true)
    expect(apply(book, 'later', [['opened', knownForMs]])).toBeDefined()
    expect(book.find('id0')).toBeUndefined()
    expect(book.find('id1')).toBeDefined()
  })

  test('are the same for whoever reads the log, wherever reading was cut', () => {
    const record = fc.record({
      import_id: fc.constantFrom('a', 'b', 'c'),
      act: fc.constantFrom<ImportAct>('opened', 'heartbeat', 'ended'),
      afterMs: fc.nat({ max: silenceMs }),
    })
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (records) => {
        const [one, other] = [createHoldBook(), createHoldBook()]
        let afterMs = 0
        const log = records.map((each) => {
          afterMs += each.afterMs
          return [each.import_id, [[each.act, afterMs]]] as const
        })
        for (const [id, acts] of log) apply(one, id, acts)
        // A sender in doubt appends a record twice.
        for (const [id, acts] of log) apply(other, id, [...acts, ...acts])
        for (const id of ['a', 'b', 'c']) expect(other.find(id)).toEqual(one.find(id))
      }),
    )
  })
})

describe('a leaf is held', () => {
  const scope = { from: 1000n, to: 2000n, creators: [], videos: [] }
  const leaf = { video_id: 7n, creator_id: 9n, fromMs: 1500, toMs: 3000 }

  test('where acts of the stated time may fall into it', () => {
    expect(isNamed(scope, leaf)).toBe(true)
    expect(isNamed(scope, { ...leaf, fromMs: 1999 })).toBe(true)
    expect(isNamed(scope, { ...leaf, fromMs: 2000 })).toBe(false)
    expect(isNamed(scope, { ...leaf, fromMs: 0, toMs: 1001 })).toBe(true)
    expect(isNamed(scope, { ...leaf, fromMs: 0, toMs: 1000 })).toBe(false)
  })

  test('of the creators or the videos that are named, and of all where none is', () => {
    expect(isNamed({ ...scope, creators: [9n] }, leaf)).toBe(true)
    expect(isNamed({ ...scope, creators: [7n] }, leaf)).toBe(false)
    expect(isNamed({ ...scope, videos: [6n, 7n] }, leaf)).toBe(true)
    expect(isNamed({ ...scope, videos: [9n] }, leaf)).toBe(false)
  })
})

// Joining calls: few of them, each answer to its own caller, and no failure for anybody else.
import { describe, expect, test } from 'vitest'
import { createGroupedCalls } from '#queries/saves/grouped-calls.ts'
import { createManualClock } from '../../support/manual-clock.ts'

describe('grouped calls', () => {
  test('of one linger are one call, and each caller gets its own answer', async () => {
    const clock = createManualClock()
    const calls: (readonly number[])[] = []
    const grouped = createGroupedCalls<number, string>({
      clock,
      lingerMs: 25,
      itemsMax: 100,
      async call(items) {
        calls.push(items)
        return items.map((item) => `answer ${item}`)
      },
    })
    const answers = Promise.all([grouped.add(1), grouped.add(2)])
    await clock.advance(24)
    const late = grouped.add(3)
    expect(calls).toEqual([])
    await clock.advance(1)
    expect(calls).toEqual([[1, 2, 3]])
    expect(await answers).toEqual(['answer 1', 'answer 2'])
    expect(await late).toBe('answer 3')
  })

  test('wait less for who has waited elsewhere', async () => {
    const clock = createManualClock()
    const grouped = createGroupedCalls<number, number>({
      clock,
      lingerMs: 25,
      itemsMax: 100,
      call: async (items) => items,
    })
    let done = false
    void grouped.add(1, clock.nowMs() - 20).then(() => (done = true))
    await clock.advance(4)
    expect(done).toBe(false)
    await clock.advance(1)
    expect(done).toBe(true)
  })

  test('gather while a call is under way, up to a stated number', async () => {
    const clock = createManualClock()
    const calls: (readonly number[])[] = []
    const gates: (() => void)[] = []
    const grouped = createGroupedCalls<number, number>({
      clock,
      lingerMs: 0,
      itemsMax: 3,
      async call(items) {
        calls.push(items)
        await new Promise<void>((open) => gates.push(open))
        return items
      },
    })
    const all = Promise.all([1, 2, 3, 4, 5].map((item) => grouped.add(item)))
    await clock.rest()
    expect(calls).toEqual([[1]])
    gates.shift()?.()
    await clock.rest()
    expect(calls).toEqual([[1], [2, 3, 4]])
    gates.shift()?.()
    await clock.rest()
    gates.shift()?.()
    expect(await all).toEqual([1, 2, 3, 4, 5])
    expect(calls).toHaveLength(3)
  })

  test('that fail fail for their group alone', async () => {
    const clock = createManualClock()
    let calls = 0
    const grouped = createGroupedCalls<number, number>({
      clock,
      lingerMs: 5,
      itemsMax: 10,
      async call(items) {
        calls += 1
        if (calls === 1) throw new Error('away')
        return items
      },
    })
    const failed = Promise.allSettled([grouped.add(1), grouped.add(2)])
    await clock.advance(5)
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const next = grouped.add(3)
    await clock.advance(5)
    expect(await next).toBe(3)
  })
})

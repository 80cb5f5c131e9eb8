// What nothing was told of yet is asked about often at first, rarely later, and takes bounded memory.
import { describe, expect, test } from 'vitest'
import { createUntoldRemixes } from '#consumers/notifications/untold-remixes.ts'

const limits = { untoldMax: 3, waitFirstMs: 2000, waitLongestMs: 600_000 }

describe('an untold remix', () => {
  test('is asked about after two seconds, and again after a tenth of its time', () => {
    const untold = createUntoldRemixes(limits)
    untold.add(7n, 0)
    expect(untold.takeDue(1999, 10)).toEqual([])
    expect(untold.takeDue(2000, 10)).toEqual([7n])
    expect(untold.takeDue(3999, 10)).toEqual([])
    expect(untold.takeDue(100_000, 10)).toEqual([7n])
    expect(untold.takeDue(109_999, 10)).toEqual([])
    expect(untold.takeDue(110_000, 10)).toEqual([7n])
  })

  test('is never left for more than ten minutes, and no sooner for being claimed again', () => {
    const untold = createUntoldRemixes(limits)
    const yearMs = 365 * 86_400_000
    untold.add(7n, 0)
    expect(untold.takeDue(yearMs, 10)).toEqual([7n])
    untold.add(7n, yearMs + 1)
    expect(untold.takeDue(yearMs + 599_999, 10)).toEqual([])
    expect(untold.takeDue(yearMs + 600_000, 10)).toEqual([7n])
  })

  test('waits no longer once it was told of', () => {
    const untold = createUntoldRemixes(limits)
    untold.add(7n, 0)
    untold.remove(7n)
    expect([untold.size, untold.takeDue(9000, 10)]).toEqual([0, []])
  })
})

test('of too many, those that waited longest give way, and few are asked about at once', () => {
  const untold = createUntoldRemixes(limits)
  for (const id of [1n, 2n, 3n, 1n, 4n]) untold.add(id, 0)
  expect(untold.size).toBe(3)
  expect(untold.takeDue(2000, 2)).toEqual([2n, 3n])
  expect(untold.takeDue(2000, 2)).toEqual([4n])
})

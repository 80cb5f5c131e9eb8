// What the command takes for a user, and what it says at its end.
import { expect, test } from 'vitest'
import { outcomeOf } from '#consumers/erase/erase-report.ts'
import { parseUserId } from '#consumers/erase/user-input.ts'

test('a user is one decimal number, with blanks around it at most', () => {
  expect(parseUserId(' 9223372036854775807\n')).toBe(9_223_372_036_854_775_807n)
  for (const text of ['', '0', '-1', '9223372036854775808', '1e3', '12 13', 'alice']) {
    expect(() => parseUserId(text)).toThrow('the id of one user')
  }
})

test('what was given for an id is never repeated', () => {
  expect(() => parseUserId('4711x')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('4711') }),
  )
})

test('a receipt says what is not erased', () => {
  const { lines, code } = outcomeOf('12', 'done')
  expect(code).toBe(0)
  expect(lines.join('\n')).toContain('Not erased: save list, collections, notifications')
})

test('an order that waits says where to look later, by an exit code of its own', () => {
  for (const state of ['ordered', 'under_way'] as const) {
    const { lines, code } = outcomeOf('12', state)
    expect(code).toBe(3)
    expect(lines.at(-1)).toContain('erase --order 12')
  }
  expect(outcomeOf('12', 'lost')).toMatchObject({ code: 1 })
  expect(outcomeOf('12', null)).toEqual({ lines: ['there is no order 12'], code: 1 })
})

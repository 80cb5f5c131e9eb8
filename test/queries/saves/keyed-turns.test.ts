// Acts on one pair come one after the other, those on others at once.
import { expect, test } from 'vitest'
import { createKeyedTurns } from '#queries/saves/keyed-turns.ts'

test('tasks of one key run in their order, one at a time, also after a failure', async () => {
  const turns = createKeyedTurns()
  const seen: string[] = []
  const task = (name: string, fails = false) =>
    turns.run('a', async () => {
      seen.push(`${name} begins`)
      await Promise.resolve()
      seen.push(`${name} ends`)
      if (fails) throw new Error(name)
      return name
    })
  const results = await Promise.allSettled([task('1'), task('2', true), task('3')])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(seen).toEqual(['1 begins', '1 ends', '2 begins', '2 ends', '3 begins', '3 ends'])
  expect(turns.running).toBe(0)
})

test('a key does not wait for another', async () => {
  const turns = createKeyedTurns()
  const gate = Promise.withResolvers<void>()
  const held = turns.run('a', () => gate.promise)
  expect(await turns.run('b', async () => 'done')).toBe('done')
  expect(turns.running).toBe(1)
  gate.resolve()
  await held
})

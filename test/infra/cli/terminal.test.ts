// A watched screen is redrawn without flicker, keeps within the terminal, and leaves it as it was.
import { expect, test } from 'vitest'
import { cut, openScreen, repeatUntil, wrap } from '#infra/cli/terminal.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function openRecorder(rows: number) {
  const writes: string[] = []
  const stream = { rows, write: (text: string) => writes.push(text), on: () => undefined }
  return { writes, screen: openScreen(stream) }
}

test('a screen is drawn in one write, over the one before, and never cleared in between', () => {
  const { writes, screen } = openRecorder(24)
  screen.draw(['first', 'second'])
  expect(writes).toHaveLength(2)
  expect(writes[1]).toBe('\u001B[Hfirst\u001B[K\r\nsecond\u001B[K\u001B[J')
  expect(writes.join('')).not.toContain('\u001B[2J')
})

test('a screen that is too long does not scroll', () => {
  const { writes, screen } = openRecorder(2)
  screen.draw(['1', '2', '3'])
  expect(writes.at(-1)).not.toContain('3')
})

test('a screen gives back what was there before, and the cursor', () => {
  const { writes, screen } = openRecorder(24)
  expect(writes).toEqual(['\u001B[?1049h\u001B[?25l'])
  screen[Symbol.dispose]()
  expect(writes.at(-1)).toBe('\u001B[?25h\u001B[?1049l')
})

test('a watch looks at once, then every interval, and ends in the middle of one', async () => {
  const clock = createManualClock()
  const stop = new AbortController()
  let turns = 0
  const watching = repeatUntil(stop.signal, { clock, everyMs: 2000 }, async () => {
    turns += 1
  })
  await clock.rest()
  expect(turns).toBe(1)
  await clock.advance(4000)
  expect(turns).toBe(3)
  stop.abort()
  await watching
  expect(turns).toBe(3)
})

test('text is wrapped between words and cut with a mark', () => {
  expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrap('a /very/long/path', 5)).toEqual(['a', '/very/long/path'])
  expect(cut('abcdef', 4)).toBe('abc…')
  expect(cut('abcd', 4)).toBe('abcd')
})

// How long work shows itself: one line rewritten on a terminal, a line now and then elsewhere.
import { expect, test } from 'vitest'
import { openProgressLine } from '#infra/cli/progress-line.ts'
import { createManualClock } from '../../support/manual-clock.ts'

function shown(isTerminal: boolean, width: number) {
  const clock = createManualClock()
  const written: string[] = []
  const line = openProgressLine({
    screen: { isTerminal, width, write: (text) => void written.push(text) },
    clock,
    title: 'importing',
    unit: 'rows',
    all: 1000,
  })
  return { clock, written, line }
}

test('a terminal has one line, rewritten, never wrapped, and gone at the end', async () => {
  const { clock, written, line } = shown(true, 30)
  line.done(100)
  await clock.advance(500)
  line[Symbol.dispose]()
  await clock.advance(5000)
  expect(written).toEqual([
    '\rimporting  100 of 1,000 rows \u001B[K',
    '\rimporting  100 of 1,000 rows \u001B[K',
    '\r\u001B[K',
  ])
})

test('elsewhere there is a line every ten seconds', async () => {
  const { clock, written, line } = shown(false, 80)
  line.done(100)
  await clock.advance(20_000)
  line[Symbol.dispose]()
  await clock.advance(20_000)
  expect(written).toEqual([
    'importing  100 of 1,000 rows  10/s  1 min 30 s left\n',
    'importing  100 of 1,000 rows  5/s  3 min 00 s left\n',
  ])
})

test('work that is done before it could be shown shows nothing', () => {
  const { written, line } = shown(true, 80)
  line[Symbol.dispose]()
  expect(written).toEqual([])
})

// A platform that counts by the kind of an act, or names who acted, differs when it is watched.
import { expect, test } from 'vitest'
import { differencesOf } from './watching.ts'
import type { Watched } from './watching.ts'

function watched(counter: string, line: string): Watched {
  const before = '# HELP some counter\nfacts_refused_total 3\nprocess_uptime_seconds 10\n'
  const after = `facts_refused_total 3\nprocess_uptime_seconds 12.5\n${counter}`
  return {
    lines: [line],
    metrics: new Map([['facts', [before, after]]]),
    screens: new Map([['status', 'facts   4711  12:30:01  ready\n']]),
  }
}

const calm = watched('', '{"time":"2026-11-25T10:00:00.000Z","pid":12,"msg":"stored"}')

test('times, process ids and widths make no difference', () => {
  const later = watched('', '{"time":"2026-11-25T10:00:07.123Z","pid":1234,"msg":"stored"}')
  expect(differencesOf(calm, later)).toEqual([])
})

test('a counter with a label of the kind of event does', () => {
  const [views, saves] = ['view', 'save'].map((type) =>
    watched(`events_total{type="${type}"} 1\n`, ''),
  )
  expect(differencesOf(views ?? calm, saves ?? calm)).toEqual([
    'metric: facts events_total{type="save"} +1',
    'metric: facts events_total{type="view"} +1',
  ])
})

test('a counter of private acts does, though it was there before', () => {
  expect(differencesOf(calm, watched('saves_total 8\n', ''))).toContain(
    'metric: facts saves_total +8',
  )
})

test('a line that is written for one kind of act alone does', () => {
  expect(differencesOf(calm, watched('', 'saved video 7'))).toContain('log: saved video #')
})

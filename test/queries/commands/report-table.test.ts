// `keepsake query`: a report reads well in a terminal of 80 columns.
import { describe, expect, test } from 'vitest'
import { answerSchema, formatTable } from '#queries/commands/report-table.ts'

const answer = answerSchema.parse({
  columns: [
    { name: 'day', role: 'dimension' },
    { name: 'views', role: 'metric', unit: 'events' },
    { name: 'like_rate', role: 'metric', unit: 'ratio' },
  ],
  rows: [
    ['2026-11-23', 12345, 0.08333],
    ['2026-11-24', 7, null],
    ['2026-11-25', null, null],
  ],
  states: [
    ['value', 'value', 'value'],
    ['value', 'partial', 'not_applicable'],
    ['value', 'not_yet', 'not_yet'],
  ],
  totals: { row: [null, 12352, 0.08], states: [null, 'partial', 'partial'] },
  freshness: { watermark: '2026-11-24T12:20:00Z' },
  next_page_token: 'more',
})

describe('a table', () => {
  test('puts numbers to the right and says what is not whole', () => {
    expect(formatTable(answer, 80).split('\n')).toEqual([
      'day           views  like_rate',
      '2026-11-23   12,345     8.33 %',
      '2026-11-24       7*          -',
      '2026-11-25  not_yet    not_yet',
      'total       12,352*    8.00 %*',
      '',
      '* counted until 2026-11-24T12:20:00Z',
      'There are more rows: see --max-results',
      '',
    ])
  })

  test('goes on below with the labels again where it would be too wide', () => {
    const lines = formatTable(answer, 24).split('\n')
    expect(Math.max(...lines.slice(0, 11).map((line) => line.length))).toBeLessThanOrEqual(24)
    expect(lines[0]).toBe('day           views')
    expect(lines[6]).toBe('day         like_rate')
  })
})

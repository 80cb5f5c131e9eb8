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
    expect(formatTable(answer, { width: 80, margins: false }).split('\n')).toEqual([
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
    const lines = formatTable(answer, { width: 24, margins: false }).split('\n')
    expect(Math.max(...lines.slice(0, 11).map((line) => line.length))).toBeLessThanOrEqual(24)
    expect(lines[0]).toBe('day           views')
    expect(lines[6]).toBe('day         like_rate')
  })
})

describe('numbers with noise', () => {
  const guarded = answerSchema.parse({
    columns: [
      { name: 'day', role: 'dimension' },
      { name: 'saves', role: 'metric', unit: 'people', exposure: 'guarded' },
      { name: 'save_rate', role: 'metric', unit: 'ratio', exposure: 'guarded' },
    ],
    rows: [
      ['2026-11-22', 1280, 0.08333],
      ['2026-11-23', -3, -0.002],
      ['2026-11-24', 12, 0.01],
      ['2026-11-25', 2, null],
    ],
    states: [
      ['value', 'value', 'value'],
      ['value', 'small', 'small'],
      ['value', 'coarser', 'coarser'],
      ['value', 'partial', 'not_applicable'],
    ],
    margins: [
      [null, 6, 0.0004],
      [null, 6, 0.004],
      [null, 9, 0.0075],
      [null, 6, null],
    ],
    totals: {
      row: [null, 1291, 0.05],
      states: [null, 'partial', 'partial'],
      margins: [null, 14, 0.001],
    },
    freshness: { watermark: '2026-11-25T12:20:00Z' },
    covers: {
      saves: ['2026-11-22T00:00:00Z', '2026-11-25T06:00:00Z'],
      save_rate: ['2026-11-22T00:00:00Z', '2026-11-25T06:00:00Z'],
    },
  })

  test('are printed with their margin when asked, and never what lies below it', () => {
    expect(formatTable(guarded, { width: 80, margins: true }).split('\n')).toEqual([
      'day              saves      save_rate',
      '2026-11-22    1,280 ±6   8.33 ±0.04 %',
      '2026-11-23     under 6   under 0.40 %',
      '2026-11-24      ~12 ±9  ~1.00 ±0.75 %',
      '2026-11-25    under 6*              -',
      'total       1,291 ±14*  5.00 ±0.10 %*',
      '',
      '* saves: sealed until 2026-11-25T06:00:00Z',
      '* save_rate: sealed until 2026-11-25T06:00:00Z',
      '~ inside of what is sealed at once, spread by views',
      '',
    ])
    const plain = formatTable(guarded, { width: 80, margins: false })
    expect(plain).toContain('2026-11-22     1,280')
    expect(plain).toContain('under 6')
    expect(plain).not.toContain('±')
  })
})

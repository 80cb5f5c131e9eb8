// What is told of a log without sending anything, and how it looks in 80 columns.
import { expect, test } from 'vitest'
import { openCsvRows } from '#producers/import/csv-rows.ts'
import { dryRun } from '#producers/import/dry-run.ts'
import { dryRunLines, labelled, summaryLines } from '#producers/import/report-lines.ts'
import { createRowPlan } from '#producers/import/row-plan.ts'
import { createTally } from '#producers/import/tally.ts'
import { createVideoPlan } from '#producers/import/video-plan.ts'
import { inPieces, mapOf } from './maps.ts'

const map = mapOf({
  device: { column: 'on', values: { phone: 'mobile' }, otherwise: 'other' },
  videos: { published_at: '2023-01-01T00:00:00Z' },
})

async function reportOf(text: string, distinctMax = 1000): Promise<readonly string[]> {
  const { columns, batches } = await openCsvRows(inPieces(text, 50), ',')
  const key = (): Buffer => Buffer.alloc(32)
  const plan = createRowPlan({ map, columns, key })
  const run = await dryRun({
    rows: { columns, batches },
    map,
    plan,
    videoPlan: createVideoPlan({ map, columns, key }, plan.fell),
    tally: createTally(),
    nowMs: Date.parse('2026-11-25T12:00:00Z'),
    time: { fromMs: 1_600_000_000_000, toMs: Number.MAX_SAFE_INTEGER },
    stop: new AbortController().signal,
    onRow: () => undefined,
    distinctMax,
  })
  return dryRunLines(run, plan.fell, 80)
}

const text = `at,user,video,author,played,liked,on,color,page
1700000000000,5,77,900,4000,1,phone,red,1
1700000000000,5,77,900,4000,1,phone,red,1
1700086400000,6,77,901,10,0,tv,red,1
1700086400000,6,78,901,0,0,fridge,red,1
1500000000000,6,78,901,1,0,fridge,red,1
x,6,78,901,9,0,tv,red,1
1700086400000,0,78,901,9,0,phone,red,1
1700086400000,secret-name,78,901,9,0,phone,red,1
1700086400000,6
`

test('a dry run tells rows, events, time, videos, repeats, columns, values and refusals', async () => {
  expect(await reportOf(text)).toEqual([
    'rows        9  4 refused  1 give no event  1 outside --from/--to',
    'events      5  view 3  like 2',
    'time        2023-11-14 22:13:20 to 2023-11-15 22:13:20 UTC, 2 days',
    'with        1 video  2 creators  2 users',
    'catalogue   2 videos to tell  1 row with another creator',
    'duplicates  2 events stand in the file twice, and count once',
    'not in map  color  page',
    'otherwise   device:  "tv" 1  "fridge" 1',
    '',
    '  refused       field          rows  first rows',
    '  wrong_type    occurred_at       1  6',
    '      must be a number of ms',
    '  out_of_range  user_id           1  7',
    '      must be a decimal string of 1..9223372036854775807',
    '  wrong_type    user_id           1  8',
    '      must be a decimal string of 1..9223372036854775807',
    '  not_a_row     (row)             1  9',
    '      has 2 cells where the header has 9',
  ])
})

test('no id of a row is ever told', async () => {
  expect((await reportOf(text)).join('\n')).not.toContain('secret-name')
})

test('what is too much to count is told as more than', async () => {
  expect(await reportOf(text, 1)).toContain(
    'with        1 video  more than 1 creator  more than 1 user',
  )
})

test('every line fits the terminal', () => {
  const parts = Array.from({ length: 40 }, (_, index) => `column_${index}`)
  const lines = labelled('not in map', parts, 80)
  expect(lines.length).toBeGreaterThan(3)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(
    lines
      .join(' ')
      .split(/\s+/)
      .filter((word) => word.startsWith('column_')),
  ).toEqual(parts)
})

test('times that all lie in 1970 are asked about: seconds may stand for milliseconds', async () => {
  const tally = { ...createTally(), fromMs: 1_650_000_000, toMs: 1_660_000_000 }
  const rejects = { path: '/data/x.csv', rows: 0 }
  const lines = summaryLines({ tally, elapsedMs: 0, before: 0, rejects, width: 80 })
  expect(lines.join('\n')).toContain('is the unit right?')
})

// The worked example of the import's README does what is said of it.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openCsvRows } from '#producers/import/csv-rows.ts'
import { importMapSchema } from '#producers/import/import-map.ts'
import { parseMap } from '#producers/import/read-map.ts'
import { createRowPlan } from '#producers/import/row-plan.ts'
import { allRows, inPieces } from './maps.ts'

const readme = readFileSync(new URL('../../../producers/import/README.md', import.meta.url), 'utf8')

function block(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readme)?.[1] ?? ''
}

test('its log and its map make the events that it says', async () => {
  const map = parseMap(block('json'), 'README.md')
  const { columns, batches } = await openCsvRows(inPieces(block('csv')), map.delimiter)
  const plan = createRowPlan({ map, columns, key: () => Buffer.alloc(32) })
  const rows = await allRows(batches)
  const events = rows.map(({ cells }) => {
    const outcome = plan.read(cells, Date.parse('2026-01-01T00:00:00Z'))
    return 'code' in outcome ? outcome : outcome.events
  })
  expect(events).toMatchObject([
    [{ type: 'view', watched_ms: 12_500, traffic_source: 'for_you' }, { type: 'like' }],
    [{ type: 'share', share_channel: 'copy_link' }],
    [{ type: 'view', traffic_source: 'other', video_id: '43' }],
  ])
})

test('it names every word that a map may have', () => {
  const missing = Object.keys(importMapSchema.shape).filter(
    (word) => !readme.includes(`\`${word}\``),
  )
  expect(missing).toEqual([])
})

// In which order tables are read while the platform goes on: what looks done in a backup has been done in it.
import { expect, test } from 'vitest'
import { archivesOf, restoredInOrder } from '#infra/backup/archives.ts'
import type { Archive } from '#infra/backup/archives.ts'

/** Which archive a table of the vault is in. */
function placeOf(table: string): number {
  const alone = ({ elements }: Archive): boolean => elements.split(', ').includes(`table ${table}`)
  const all = archivesOf(['vault'])
  const place = all.findIndex(alone)
  return place === -1 ? all.findIndex(({ name }) => name === 'vault') : place
}

test.each([
  ['leaf', ['vault.video_leaves', 'vault.seal_snapshots', 'vault.people']],
  ['bucket', ['vault.video_buckets', 'vault.bucket_snapshots', 'vault.people']],
])('a %s whose snapshot is gone by its backup has its people marked in it', (_what, tables) => {
  const places = tables.map(placeOf)
  expect(new Set(places).size).toBe(3)
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

test('a table that is stored alone is left out of its database, and restored after it', () => {
  const order = restoredInOrder(['vault', 'rollups'])
  const tables = order.filter(({ elements }) => elements.startsWith('table '))
  expect(order.slice(-tables.length)).toEqual(tables)
  const database = order.find(({ name }) => name === 'vault')?.elements.split(' except tables ')[1]
  expect(database?.split(', ').toSorted()).toEqual(
    tables.flatMap(({ elements }) => elements.replaceAll('table ', '').split(', ')).toSorted(),
  )
})

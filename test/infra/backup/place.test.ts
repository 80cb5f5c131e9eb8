// Where a backup may lie, how one is told from half of one, and that a manifest comes back as it was written.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { archives, databases, parts } from '#infra/backup/archives.ts'
import { listBackups } from '#infra/backup/list-backups.ts'
import { readManifest, writeManifest } from '#infra/backup/manifest.ts'
import type { Manifest } from '#infra/backup/manifest.ts'
import { backupsFolder, openDiskPlace, openFolderPlace, sizeOf } from '#infra/backup/place.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-backup-'))
afterAll(() => rmSync(dataDir, { recursive: true }))

const manifest: Manifest = {
  keepsake_backup: 1,
  made_at: '2026-11-26T10:00:00.000Z',
  took_ms: 1200,
  parts: ['vault'],
  archives: [{ name: 'vault', server: 'vault', files: 2, bytes: 5 }],
  disk: null,
  disk_folder: null,
  kafka_brokers: '127.0.0.1:1',
  vault_url: 'http://127.0.0.1:2',
  rollups_url: 'http://127.0.0.1:3',
  clickhouse: { vault: '26.7.2.1' },
  migrations: { vault: ['001-facts.sql'] },
  positions: [{ group: 'facts', topic: 'engagement.v1', partition: 0, offset: 2n ** 60n }],
  topics: [{ topic: 'engagement.v1', partition: 0, low: 0n, high: 2n ** 60n + 1n }],
  last_generation: 3n << 40n,
  pseudonym_key: 'abc',
}

describe('a backup lies', () => {
  test('in the folder that the servers may write to', () => {
    using place = openFolderPlace(dataDir, join(backupsFolder(dataDir), 'one'))
    expect(place.locationOf('vault')).toBe(`File('${dataDir}/backups/one/vault')`)
  })

  test('elsewhere by a link that is gone afterwards', () => {
    const elsewhere = join(dataDir, "it's elsewhere")
    mkdirSync(elsewhere)
    {
      using place = openFolderPlace(dataDir, elsewhere)
      const location = place.locationOf('vault')
      const [link] = readdirSync(backupsFolder(dataDir)).filter((name) => name.startsWith('.link'))
      expect(location).toBe(`File('${dataDir}/backups/${link}/vault')`)
    }
    expect(readdirSync(backupsFolder(dataDir))).toEqual([])
  })

  test('on a disk of the servers, its name quoted', () => {
    using place = openDiskPlace("a'b\\", 'one')
    expect(place.locationOf('vault')).toBe(`Disk('a\\'b\\\\', 'one/vault')`)
  })
})

describe('a manifest', () => {
  test('comes back as it was written, offsets to the last digit', () => {
    const folder = join(backupsFolder(dataDir), 'two')
    mkdirSync(folder, { recursive: true })
    writeManifest(folder, manifest)
    expect(readManifest(folder)).toEqual(manifest)
    expect(sizeOf(folder)?.files).toBe(1)
    expect(sizeOf(join(folder, 'nowhere'))).toBeNull()
  })

  test('is what makes a folder a backup', () => {
    const half = join(backupsFolder(dataDir), 'three')
    mkdirSync(half)
    expect(() => readManifest(half)).toThrow('no finished backup')
    writeFileSync(join(half, 'manifest.json'), '{"keepsake_backup":2}')
    expect(() => readManifest(half)).toThrow('cannot be read')
    expect(() => readManifest(join(half, 'x'))).toThrow('There is no folder')
    expect(listBackups(backupsFolder(dataDir)).map(({ name, why }) => [name, why])).toEqual([
      ['three', 'its manifest.json cannot be read'],
      ['two', ''],
    ])
  })
})

test('what is restored last was stored last, and every database is in an archive', () => {
  expect(archives.map(({ name }) => name)).toEqual([
    'directory',
    'rollups',
    'seal-ends',
    'snapshots',
    'vault',
    'fact-days',
  ])
  for (const part of parts) {
    const elements = archives.filter(({ server }) => server === part).map((each) => each.elements)
    for (const name of databases[part]) expect(elements.join()).toContain(`database ${name}`)
  }
})

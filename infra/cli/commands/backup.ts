// `keepsake backup`: stores the tables of vault and rollups with the Kafka offsets that belong to them, while everything goes on.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parsePart } from '../../backup/archives.ts'
import { listBackups } from '../../backup/list-backups.ts'
import type { FoundBackup } from '../../backup/list-backups.ts'
import type { Manifest } from '../../backup/manifest.ts'
import { backupsFolder } from '../../backup/place.ts'
import { takeBackup } from '../../backup/take-backup.ts'
import { readConfig } from '../../runtime/config.ts'
import { bytesText } from '../../servers/disk-use.ts'
import { openSurroundings } from '../backup-surroundings.ts'
import { runCommand, UsageError } from '../command.ts'

const help = `usage: npm run -s keepsake -- backup [vault | rollups | all] [options]
       npm run -s keepsake -- backup list

Stores the tables of the vault, the rollups or both (all, the default) with the Kafka
offsets that belong to them: after a restore the consumers go on from there, and every
number is what it was. The platform may run meanwhile and need not.
  --to DIR         a new or empty folder; default: one named after the time in
                   KEEPSAKE_DATA_DIR/backups
  --to-disk NAME   on a disk that both servers have in <backups><allowed_disk>, for
                   servers on other machines; the manifest is still written to DIR
  list             what is in KEEPSAKE_DATA_DIR/backups

Not in it: Kafka's records, and no secret. Keep KEEPSAKE_DATA_DIR/keys elsewhere as well:
without keys/pseudonyms everybody counts as somebody new.
Bring it back with: npm run -s keepsake -- restore DIR
`

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { to: { type: 'string' }, 'to-disk': { type: 'string' } },
  })
  const [word = 'all', ...more] = positionals
  if (more.length > 0) throw new UsageError(`what is ${more[0]}?`)
  if (word === 'list') {
    list()
    return
  }
  const parts = parsePart(word)
  if (parts === null) throw new UsageError(`what is ${word}? vault, rollups, all or list`)
  await using around = await openSurroundings()
  const { folder, manifest } = await takeBackup(
    {
      parts,
      folder: values.to === undefined ? null : resolve(values.to),
      disk: values['to-disk'] ?? null,
    },
    around,
  )
  around.line(`\n${folder}`)
  around.line(`${describe(manifest)}, ${(manifest.took_ms / 1000).toFixed(1)} s`)
  around.line(`Keep ${around.dataDir}/keys in another place: a backup has no secrets.`)
})

function describe({ parts, archives, disk }: Manifest): string {
  const bytes = archives.reduce((sum, each) => sum + each.bytes, 0)
  const where = disk === null ? '' : ` on disk ${disk}`
  return `${parts.join(' and ')}, ${bytesText(bytes)}${where}`
}

function list(): void {
  const { common } = readConfig(['common'])
  const folder = backupsFolder(common.KEEPSAKE_DATA_DIR)
  const found = listBackups(folder)
  const lines = found.map(lineOf)
  if (lines.length === 0) lines.push('no backup yet; take one: npm run -s keepsake -- backup')
  process.stdout.write(`${folder}\n${lines.map((line) => `  ${line}\n`).join('')}`)
}

function lineOf({ name, manifest, why }: FoundBackup): string {
  if (manifest !== null) return `${name}  ${describe(manifest)}`
  return `${name}  ${why}`
}

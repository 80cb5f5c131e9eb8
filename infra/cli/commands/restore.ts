// `keepsake restore`: brings tables and consumers back to a backup; the next start catches up from Kafka.
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { topics } from '#schemas/topics.ts'
import { parsePart } from '../../backup/archives.ts'
import { readManifest } from '../../backup/manifest.ts'
import type { Manifest } from '../../backup/manifest.ts'
import { backupsFolder } from '../../backup/place.ts'
import { readRanges } from '../../backup/positions.ts'
import { restoreBackup } from '../../backup/restore-backup.ts'
import { planRestore } from '../../backup/restore-plan.ts'
import type { RestorePlan } from '../../backup/restore-plan.ts'
import { readConfig } from '../../runtime/config.ts'
import { readPlatformState } from '../../servers/platform-state.ts'
import { openSurroundings } from '../backup-surroundings.ts'
import type { OpenSurroundings } from '../backup-surroundings.ts'
import { runCommand, UsageError } from '../command.ts'
import { count } from '../progress.ts'

const help = `usage: npm run -s keepsake -- restore DIR [vault | rollups | all] [options]

Brings the vault, the rollups or all that the backup in DIR holds back to it, and sets the
consumers back to the Kafka offsets that belong to it: the next start reads again what came
later, and every number is what it was. DIR may be a name out of \`backup list\`.
The platform must be stopped; local servers are started for it and stopped again.
  --dry-run      only say what would be done, and what is in the way
  --replace      drop the tables that are there, where they hold rows
  --accept-gap   go on although the backup is older than what Kafka still holds, or the
                 key of pseudonyms is another one: what is then missing is told

A restore that was killed is to be run again; nothing starts on its servers before.
`

await runCommand(help, async (args) => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
      'accept-gap': { type: 'boolean', default: false },
    },
  })
  const [name, word, ...more] = positionals
  if (name === undefined) throw new UsageError('name the DIR of a backup')
  if (more.length > 0) throw new UsageError(`what is ${more[0]}?`)
  const { common } = readConfig(['common'])
  const folder = folderOf(name, common.KEEPSAKE_DATA_DIR)
  const manifest = readManifest(folder)
  const restored = word === undefined ? manifest.parts : parsePart(word)
  if (restored === null) throw new UsageError(`what is ${word}? vault, rollups or all`)
  mustNotRun(common.KEEPSAKE_DATA_DIR)

  await using around = await openSurroundings()
  const wish = { folder, manifest, restored }
  const plan = await planRestore(wish, around)
  const behind = await recordsToRead(plan, around)
  for (const line of describe(plan, manifest, behind)) around.line(line)
  const held = Object.values(plan.replaced).some((rows) => rows > 0)
  const lacks = [
    ...plan.obstacles,
    ...(plan.losses.length > 0 && !values['accept-gap']
      ? ['To go on all the same, say --accept-gap.']
      : []),
    ...(held && !values.replace ? ['To drop the rows that are there, say --replace.'] : []),
  ]
  if (values['dry-run']) {
    for (const lack of lacks) around.line(`In the way: ${lack}`)
    around.line('Nothing was changed.')
    return
  }
  if (lacks.length > 0) throw new Error(`Nothing was changed.\n${lacks.join('\n')}`)
  await restoreBackup(wish, plan, around)
  around.line(`\nRestored. ${count(behind)} records are read again at the next start: npm start`)
})

function folderOf(name: string, dataDir: string): string {
  const here = resolve(name)
  const kept = join(backupsFolder(dataDir), name)
  return !existsSync(here) && basename(name) === name && existsSync(kept) ? kept : here
}

function mustNotRun(dataDir: string): void {
  const state = readPlatformState(dataDir)
  if (state === null) return
  throw new Error(
    `keepsake runs on ${dataDir} (process ${state.pid}): its consumers would write into tables ` +
      `that are being replaced. Stop it with Ctrl-C or \`kill ${state.pid}\`, and run this again.`,
  )
}

/** Records of engagement that the group which is furthest back reads again. */
async function recordsToRead(plan: RestorePlan, around: OpenSurroundings): Promise<number> {
  const topic = topics.engagement.name
  const ranges = await readRanges(around.connections.eventLog)
  const behind = ranges
    .filter((range) => range.topic === topic)
    .map(({ partition, high }) => {
      const own = plan.positions.filter((each) => each.topic === topic)
      const offsets = own.filter((each) => each.partition === partition).map((each) => each.offset)
      return offsets.reduce((most, offset) => (high - offset > most ? high - offset : most), 0n)
    })
  return Number(behind.reduce((sum, each) => sum + each, 0n))
}

function describe(plan: RestorePlan, manifest: Manifest, behind: number): readonly string[] {
  const replaced = Object.entries(plan.replaced).filter(([, rows]) => rows > 0)
  return [
    `Backup of ${manifest.made_at}: ${plan.restored.join(' and ')}`,
    ...replaced.map(([part, rows]) => `  replaces ${count(rows)} rows of the ${part}`),
    `  ${count(behind)} records of ${topics.engagement.name} came later and are read again`,
    ...(plan.touchedIsMissing ? ['  every day that still has facts is counted again'] : []),
    ...plan.losses.map((loss) => `  LOST: ${loss}`),
  ]
}

// Looks at a backup, the log and the servers before anything is touched: what a restore will do, what is in its way, and what is lost.
import { join } from 'node:path'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { readMigrations } from '../clickhouse/migrate.ts'
import { isRestoreUnfinished } from '../clickhouse/unfinished-restore.ts'
import { archivesOf, parts } from './archives.ts'
import type { Part } from './archives.ts'
import { isWhole, pseudonymKeyMark, rowsHeld } from './connections.ts'
import type { Surroundings } from './connections.ts'
import type { Manifest } from './manifest.ts'
import { sizeOf } from './place.ts'
import { allGroups, planReturn, readPositions, readRanges } from './positions.ts'
import type { Gap, GroupPosition } from './positions.ts'
import { isBusy } from './server-work.ts'
import type { TouchedRange } from './touched-again.ts'

export interface RestorePlan {
  readonly restored: readonly Part[]
  readonly positions: readonly GroupPosition[]
  /** Records of `touched.v1` that are to be appended again; null: the vault stays, and so they count. */
  readonly touchedAgain: TouchedRange | null
  readonly touchedIsMissing: boolean
  /** Rows that are there now, by what is restored. */
  readonly replaced: Readonly<Partial<Record<Part, number>>>
  /** Why it cannot be done at all, with what to do. */
  readonly obstacles: readonly string[]
  /** What will be missing afterwards: to be accepted first. */
  readonly losses: readonly string[]
}

export interface RestoreWish {
  readonly folder: string
  readonly manifest: Manifest
  readonly restored: readonly Part[]
}

/** Reads only. @throws PipelineError when a server or the log does not answer. */
export async function planRestore(wish: RestoreWish, around: Surroundings): Promise<RestorePlan> {
  const { folder, manifest, restored } = wish
  const { connections, dataDir } = around
  const { eventLog, stores } = connections
  const obstacles = [
    ...missingArchives(wish),
    ...(await unknownMigrations(manifest, restored)),
    ...(await readers(around)),
    ...(await missingTables(restored, around)),
  ]
  for (const part of restored) {
    if (manifest.disk === null && !around.servers.local.has(part)) {
      obstacles.push(
        `The ${part} server is not a process of this data folder and cannot read ${folder}.`,
      )
    }
    if (await isBusy(stores[part])) {
      obstacles.push(
        `The ${part} server is still busy with a backup or a restore. Wait until it has ended.`,
      )
    }
  }
  const rangesNow = await readRanges(eventLog)
  const { positions, gaps, foreign } = planReturn({
    restored,
    noted: manifest.positions,
    rangesThen: manifest.topics,
    rangesNow,
    committedNow: await readPositions(eventLog),
  })
  if (foreign.length > 0) {
    const where = [...new Set(foreign.map(({ topic }) => topic))].join(', ')
    obstacles.push(
      `This Kafka is not the one of the backup, or has lost its newest records: ${where} ends ` +
        'before what the backup had read. Generations and versions are offsets of that Kafka, so ' +
        'numbers of this one would lose against older ones. Bring that Kafka back first.',
    )
  }
  const isTouched = ({ topic }: { readonly topic: string }): boolean =>
    topic === topics.touched.name
  const touched = positions.find(isTouched)
  const end = manifest.topics.find(isTouched)?.high ?? 0n
  const vaultGoesBack = restored.includes('vault')
  const from = touched?.offset ?? 0n
  const replaced = await Promise.all(
    restored.map(async (part) => [part, await rowsToReplace(part, around)] as const),
  )
  return {
    restored,
    positions: vaultGoesBack ? positions.filter((each) => !isTouched(each)) : positions,
    touchedAgain: vaultGoesBack ? { from, to: end } : null,
    // With the vault back, only what was touched before its backup matters.
    touchedIsMissing: gaps.some((gap) => isTouched(gap) && (!vaultGoesBack || notedAt(wish) < end)),
    replaced: Object.fromEntries(replaced),
    obstacles,
    losses: [
      ...gaps.filter((gap) => !isTouched(gap)).map(sayGap),
      ...otherKey(manifest, restored, dataDir),
    ],
  }
}

/** Where the sealer stood in `touched.v1`. */
function notedAt({ manifest }: RestoreWish): bigint {
  const { positions } = manifest
  return positions.find(({ topic }) => topic === topics.touched.name)?.offset ?? 0n
}

function missingArchives({ folder, manifest, restored }: RestoreWish): readonly string[] {
  const absent = restored.filter((part) => !manifest.parts.includes(part))
  if (absent.length > 0) {
    return [`The backup holds ${manifest.parts.join(' and ')} alone, not ${absent.join(' and ')}.`]
  }
  if (manifest.disk !== null) return []
  return archivesOf(restored).flatMap(({ name }) => {
    const entry = manifest.archives.find((each) => each.name === name)
    const size = sizeOf(join(folder, name))
    const isSame = size?.files === entry?.files && size?.bytes === entry?.bytes
    if (entry !== undefined && isSame) return []
    return [
      `${join(folder, name)} is not whole: ${entry?.files ?? 0} files of ${entry?.bytes ?? 0} bytes ` +
        `are expected, ${size?.files ?? 0} of ${size?.bytes ?? 0} are there. Copy it again, or take ` +
        'an older backup.',
    ]
  })
}

/** What stays has to be there: the sealer's state is in both. */
async function missingTables(
  restored: readonly Part[],
  { connections }: Surroundings,
): Promise<readonly string[]> {
  const staying = parts.filter((part) => !restored.includes(part))
  const lacks = staying.map(async (part) =>
    (await isWhole(connections.stores[part], part))
      ? []
      : [`The ${part} has no tables, or none that are whole: restore it as well.`],
  )
  return (await Promise.all(lacks)).flat()
}

async function unknownMigrations(
  manifest: Manifest,
  restored: readonly Part[],
): Promise<readonly string[]> {
  const unknown: string[] = []
  for (const part of restored) {
    const known = new Set((await readMigrations(part)).map(({ name }) => name))
    const applied = manifest.migrations[part] ?? []
    unknown.push(...applied.filter((name) => !known.has(name)).map((name) => `${part}/${name}`))
  }
  if (unknown.length === 0) return []
  return [
    `A newer keepsake made the backup: this one does not know ${unknown.join(', ')}. ` +
      'Restore it with that version.',
  ]
}

/** Kafka keeps a process that was killed in its group for ten seconds. */
const GONE_LIMIT_MS = 15_000
const POLL_MS = 500

async function readers({ connections, clock }: Surroundings): Promise<readonly string[]> {
  const deadline = clock.nowMs() + GONE_LIMIT_MS
  for (;;) {
    const found = allGroups.map(async (group) =>
      (await connections.eventLog.hasMembers(group)) ? [group] : [],
    )
    const active = (await Promise.all(found)).flat()
    if (active.length === 0) return []
    if (clock.nowMs() > deadline) {
      return [
        `Processes still read for ${active.join(', ')}. Stop every process of keepsake that uses ` +
          'this Kafka, and run this again.',
      ]
    }
    await clock.sleep(POLL_MS)
  }
}

/** What a restore that did not end has left is nobody's. */
async function rowsToReplace(part: Part, { connections }: Surroundings): Promise<number> {
  const store = connections.stores[part]
  return (await isRestoreUnfinished(store)) ? 0 : rowsHeld(store, part)
}

const writes: Readonly<Record<string, string>> = {
  [consumerGroups.facts]: 'their events are missing from facts and numbers',
  [consumerGroups.saves]: 'the saves in them are missing from save lists',
  [consumerGroups.notifications]: 'the stitches and duets in them are missing from notifications',
}

function sayGap({ group, topic, records }: Gap): string {
  const what = writes[group] ?? 'what is in them is missing'
  return `${records} records of ${topic} came after the backup and are gone from Kafka: ${what}.`
}

function otherKey(
  manifest: Manifest,
  restored: readonly Part[],
  dataDir: string,
): readonly string[] {
  if (!restored.includes('vault') || manifest.pseudonym_key === null) return []
  if (pseudonymKeyMark(dataDir) === manifest.pseudonym_key) return []
  return [
    `${join(dataDir, 'keys', 'pseudonyms')} is not the key that the backup was made with: ` +
      'whoever acts from now on counts as somebody new. Put that key back first.',
  ]
}

// Whether the keys and passwords are there, and readable by their owner only. Contents are never looked at.
import { stat } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

/**
 * What its loss means decides what is said of it. **pseudonyms** makes persons of user ids and cannot
 * be made anew; by **erasures** erased users are known; what is **renewable** is, by the next start; **theirs** belongs to a server that is
 * not ours, and only its operator has it; what is **public** is no secret, and needed.
 */
const secretKinds = ['pseudonyms', 'erasures', 'renewable', 'theirs', 'public'] as const
export type SecretKind = (typeof secretKinds)[number]

export interface SecretFile {
  /** What it is, as in `the password of vault user sealer`. */
  readonly what: string
  readonly path: string
  readonly kind: SecretKind
  /** Permission bits of the file and of its folder; null: it is not there. */
  readonly modes: { readonly file: number; readonly folder: number } | null
}

export interface SecretsContext {
  readonly dataDir: string
  /** Whether anything was ever started here. */
  readonly isFresh: boolean
  /** Whether the vault has facts or lists that were made with the key. */
  readonly hasVaultData: boolean
}

const OTHERS = 0o077

export function judgeSecrets(
  files: readonly SecretFile[],
  context: SecretsContext,
): readonly Verdict[] {
  const there = files.filter(({ modes }) => modes !== null)
  const verdicts = [
    ...secretKinds.flatMap((kind) => {
      const missing = files.filter((file) => file.kind === kind && file.modes === null)
      return missing.length === 0 ? [] : judgeMissing(kind, missing, context)
    }),
    ...there.flatMap((file) => judgeOpenness(file, context.dataDir)),
  ]
  if (verdicts.length > 0) return verdicts
  if (there.length === 0) return [ok('none yet: the first start makes them')]
  const rest = there.length === files.length ? '' : '; the next start makes the others'
  return [ok(`${there.length} of ${files.length} are there, for their owner only${rest}`)]
}

/** Those that are missing for one reason have one remedy. */
function judgeMissing(
  kind: SecretKind,
  files: readonly SecretFile[],
  { dataDir, isFresh, hasVaultData }: SecretsContext,
): readonly Verdict[] {
  const names = files.map(({ what, path }) => `${what} (${shown(path, dataDir)})`).join(', ')
  const says = `missing: ${names}`
  switch (kind) {
    case 'pseudonyms':
      if (!hasVaultData) return []
      return [
        fault(
          `${says}, while the vault has data made with it`,
          'Losing it counts every person anew: restore it from a backup before the next start.',
        ),
      ]
    case 'erasures':
      if (isFresh) return []
      return [
        warning(
          says,
          'The next start makes it anew. If it was lost, erase anew who was erased in the last seven days: their events would come back when the log is read again.',
        ),
      ]
    case 'renewable':
      if (isFresh) return []
      return [
        warning(
          says,
          'The next start makes it anew; what was handed out under the old one ends then.',
        ),
      ]
    case 'theirs':
      return [fault(says, `Put it there, below ${dataDir}, with mode 600.`)]
    case 'public':
      return [fault(says, 'Put it there, or correct the variable.')]
    default:
      return kind satisfies never
  }
}

function judgeOpenness(
  { what, path, kind, modes }: SecretFile,
  dataDir: string,
): readonly Verdict[] {
  if (modes === null || kind === 'public' || (modes.file & OTHERS) === 0) return []
  const short = shown(path, dataDir)
  // A closed folder keeps others out of a file that is open by itself.
  const isOpen = (modes.folder & OTHERS) !== 0
  const remedy = `Run: chmod 600 ${path}`
  return [
    isOpen
      ? fault(
          `${what} can be read by other users (${short})`,
          `${remedy}; and make it anew if they may have seen it.`,
        )
      : warning(`only its folder keeps other users from reading ${what} (${short})`, remedy),
  ]
}

function shown(path: string, dataDir: string): string {
  const short = relative(dataDir, path)
  return short.startsWith('..') ? path : short
}

export async function readSecretFile(file: Omit<SecretFile, 'modes'>): Promise<SecretFile> {
  const [found, folder] = await Promise.all([
    stat(file.path).catch(() => null),
    stat(dirname(file.path)).catch(() => null),
  ])
  if (found === null || folder === null) return { ...file, modes: null }
  return { ...file, modes: { file: found.mode & 0o777, folder: folder.mode & 0o777 } }
}

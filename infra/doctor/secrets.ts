// Whether the keys and passwords are there, and readable by their owner only. Contents are never looked at.
import { stat } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { fault, ok, warning } from './finding.ts'
import type { Verdict } from './finding.ts'

/** What its loss means decides what is said of it. */
export type SecretKind =
  /** Makes persons of user ids: cannot be made anew. */
  | 'pseudonyms'
  /** Made anew by the next start, for what was handed out under it to end. */
  | 'renewable'
  /** Of a server that is not ours: only its operator has it. */
  | 'theirs'
  /** Not secret, and needed. */
  | 'public'

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
  const verdicts = files.flatMap((file) => judgeSecret(file, context))
  if (verdicts.length > 0) return verdicts
  return files.every(({ modes }) => modes === null)
    ? [ok('none yet: the first start makes them')]
    : [ok(`all ${files.length} are there, readable by their owner only`)]
}

function judgeSecret(
  { what, path, kind, modes }: SecretFile,
  { dataDir, isFresh, hasVaultData }: SecretsContext,
): readonly Verdict[] {
  const short = shown(path, dataDir)
  if (modes === null) {
    switch (kind) {
      case 'pseudonyms':
        if (!hasVaultData) return []
        return [
          fault(
            `${what} is missing (${short}), while the vault has data made with it`,
            'Losing it counts every person anew: restore it from a backup before the next start.',
          ),
        ]
      case 'renewable':
        if (isFresh) return []
        return [
          warning(
            `${what} is missing (${short})`,
            'The next start makes another; what was handed out under the old one ends then.',
          ),
        ]
      case 'theirs':
        return [fault(`${what} is missing (${short})`, `Put it into ${path}, with mode 600.`)]
      case 'public':
        return [fault(`${what} is missing (${short})`, 'Put it there, or correct the variable.')]
      default:
        return kind satisfies never
    }
  }
  if (kind === 'public' || (modes.file & OTHERS) === 0) return []
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

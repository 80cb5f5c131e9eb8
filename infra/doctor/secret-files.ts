// Which secrets a platform on a data folder has, and what each is good for.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { openClickhouseStore } from '../clickhouse/clickhouse-store.ts'
import { clickhouseUsers } from '../clickhouse/users.ts'
import { readSecret } from '../runtime/config.ts'
import { issuerKeyFile } from '../runtime/local-keys.ts'
import { passwordFile } from '../servers/local-clickhouse.ts'
import type { Verdict } from './finding.ts'
import { judgeSecrets, readSecretFile } from './secrets.ts'
import type { SecretFile, SecretKind } from './secrets.ts'

export interface SecretsPlan {
  readonly dataDir: string
  /** Whether a server is someone else's: named by a variable. */
  readonly isGiven: Readonly<Record<'vault' | 'rollups', boolean>>
  readonly isLocalIssuer: boolean
  /** Files that variables name, by variable. */
  readonly secretVariables: Readonly<Record<string, string>>
  readonly publicVariables: Readonly<Record<string, string>>
  readonly noiseKeysDir: string
  /** Where the vault answers; null where it does not run. */
  readonly vaultUrl: string | null
}

const QUERY_LIMIT_MS = 4000

export async function examineSecrets(plan: SecretsPlan): Promise<readonly Verdict[]> {
  const { dataDir } = plan
  const files = await Promise.all(secretFiles(plan).map(readSecretFile))
  return judgeSecrets(files, {
    dataDir,
    isFresh: !existsSync(join(dataDir, 'secrets')),
    hasVaultData: await hasVaultData(plan),
  })
}

function secretFiles(plan: SecretsPlan): readonly Omit<SecretFile, 'modes'>[] {
  const { dataDir, isGiven, isLocalIssuer, secretVariables, publicVariables } = plan
  const named = (variables: Readonly<Record<string, string>>, kind: SecretKind) =>
    Object.entries(variables).map(([variable, path]) => ({
      what: `the file of ${variable}`,
      path,
      kind,
    }))
  const key = (name: string): string => join(dataDir, 'keys', name)
  return [
    { what: 'the key of pseudonyms', path: key('pseudonyms'), kind: 'pseudonyms' },
    { what: 'the key of erasures', path: key('erasures'), kind: 'erasures' },
    { what: 'the key of page tokens', path: key('page-tokens'), kind: 'renewable' },
    ...(isLocalIssuer
      ? [
          {
            what: 'the key that signs tokens',
            path: issuerKeyFile(dataDir),
            kind: 'renewable',
          } as const,
        ]
      : []),
    ...clickhouseUsers.map(({ server, name }) => ({
      what: `the password of ${server} user ${name}`,
      path: passwordFile(dataDir, server, name),
      kind: isGiven[server] ? ('theirs' as const) : ('renewable' as const),
    })),
    ...noiseKeys(plan.noiseKeysDir),
    ...named(secretVariables, 'theirs'),
    ...named(publicVariables, 'public'),
  ]
}

/** Those that are there: the sealer makes each on its day. */
function noiseKeys(folder: string): readonly Omit<SecretFile, 'modes'>[] {
  const names = existsSync(folder) ? readdirSync(folder).toSorted() : []
  return names.map((name) => ({
    what: `the noise key ${name}`,
    path: join(folder, name),
    kind: 'renewable',
  }))
}

/** A local vault that was ever started has made its folder together with the key. */
async function hasVaultData({ dataDir, vaultUrl }: SecretsPlan): Promise<boolean> {
  if (existsSync(join(dataDir, 'vault', 'data'))) return true
  if (vaultUrl === null) return existsSync(join(dataDir, 'containers', 'vault'))
  try {
    await using vault = openClickhouseStore({
      url: vaultUrl,
      user: 'admin',
      password: readSecret('password of vault user admin', passwordFile(dataDir, 'vault', 'admin')),
      application: 'doctor',
      timeoutMs: QUERY_LIMIT_MS,
    })
    const [row] = await vault.rows(
      z.object({ rows: z.coerce.number() }),
      `select sum(rows) as rows from system.parts where active and database = 'vault'`,
    )
    return (row?.rows ?? 0) > 0
  } catch {
    // What is wrong with the vault is told where it is examined.
    return false
  }
}

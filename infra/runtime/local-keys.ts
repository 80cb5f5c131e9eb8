// Where the keys of a local platform lie, each in a file of its own that only its owner can read.
import { join } from 'node:path'
import { randomKey, readOrCreateSecret } from './secret-files.ts'
import { createLocalIssuerKeys } from './tokens.ts'

/** Private key of the local issuer of tokens. */
export function issuerKeyFile(dataDir: string): string {
  return join(dataDir, 'keys', 'issuer.json')
}

/** Public keys by which tokens of the local issuer are checked. */
export function jwksFile(dataDir: string): string {
  return join(dataDir, 'keys', 'jwks.json')
}

/** Makes the issuer's keys if there are none. */
export async function ensureIssuerKeys(dataDir: string): Promise<void> {
  await createLocalIssuerKeys(issuerKeyFile(dataDir), jwksFile(dataDir))
}

/**
 * Keys of 32 bytes as hex. Losing `pseudonyms` doubles every person, losing `import-ids` those of
 * imports whose map hashes ids, and losing `erasures` brings back who was erased when the log is read
 * again; the loss of the other only ends sessions.
 */
export type LocalKey = 'pseudonyms' | 'erasures' | 'page-tokens' | 'import-ids'

/** Where a key lies, or would. */
export function keyFile(dataDir: string, key: LocalKey): string {
  return join(dataDir, 'keys', key)
}

/** Where the sealer keeps the keys of its noise, one a day; unless NOISE_KEYS_DIR names another folder. */
export function noiseKeysDir(dataDir: string): string {
  return join(dataDir, 'keys', 'noise')
}

/** The file of a key, made if there is none. */
export function ensureKeyFile(dataDir: string, key: LocalKey): string {
  const path = keyFile(dataDir, key)
  readOrCreateSecret(path, randomKey)
  return path
}

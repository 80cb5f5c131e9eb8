// Where an import sends to: the running platform of the data folder, or the one that the environment names.
import { existsSync, readFileSync } from 'node:fs'
import type { EventLog } from '#infra/kafka/event-log.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { createApiClient } from '#infra/runtime/api-client.ts'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Config } from '#infra/runtime/config.ts'
import { issuerKeyFile } from '#infra/runtime/local-keys.ts'
import { createLog } from '#infra/runtime/log.ts'
import { renewedToken } from '#infra/runtime/renewed-token.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { kafkaCredentialsOf } from '#infra/servers/kafka-credentials.ts'
import { OPERATOR } from '#infra/servers/kafka-principals.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { isLocalIssuer } from '#infra/servers/token-issuer.ts'

export interface PlatformOptions {
  readonly config: Config<'common' | 'platform'>
  readonly clock: Clock
  readonly url: string | undefined
  /** A token with scopes events:backfill and videos:write; read again for every request. */
  readonly tokenFile: string | undefined
}

export interface OpenedPlatform {
  readonly client: ApiClient
  readonly eventLog: EventLog
}

const SCOPES = ['events:backfill', 'videos:write']
const PATIENCE_MS = 60_000

/** @throws Error that says what is missing: a platform, or a token. */
export async function openImportPlatform(options: PlatformOptions): Promise<OpenedPlatform> {
  const { config, url } = options
  const { common, platform } = config
  const state = readPlatformState(common.KEEPSAKE_DATA_DIR)
  const brokers = state?.kafka_brokers.split(',') ?? platform.KAFKA_BROKERS
  if (brokers === undefined) {
    throw new Error(
      `Nothing runs on ${common.KEEPSAKE_DATA_DIR}. Start it with \`npm start\`, or name a cluster with KAFKA_BROKERS.`,
    )
  }
  const collector = state?.processes.find(({ name }) => name === 'collector')
  const port = collector?.port ?? platform.COLLECTOR_PORT
  const client = createApiClient({
    url: url ?? `http://127.0.0.1:${port}`,
    token: await tokenSource(options),
    // No signal: what is on its way when a person stops is to be finished, and the hold ended.
    patienceMs: PATIENCE_MS,
  })
  const log = createLog({ name: 'import', level: 'silent' })
  const eventLog = openKafka(
    { ...kafkaCredentialsOf(OPERATOR, platform), KAFKA_BROKERS: brokers },
    { log, clientId: 'import' },
  )
  return { client, eventLog }
}

async function tokenSource(options: PlatformOptions): Promise<() => Promise<string>> {
  const { config, clock, tokenFile } = options
  const { common, platform } = config
  if (tokenFile !== undefined) return async () => readFileSync(tokenFile, 'utf8').trim()
  const foreign = { jwksUrl: platform.AUTH_JWKS_URL, jwksFile: platform.AUTH_JWKS_FILE }
  const names = { issuer: platform.AUTH_ISSUER, audience: platform.AUTH_AUDIENCE }
  if (!isLocalIssuer({ ...names, ...foreign })) {
    throw new Error(
      `Tokens come from another issuer: name the file of one with ${SCOPES.join(' ')} by --token-file`,
    )
  }
  const keyFile = issuerKeyFile(common.KEEPSAKE_DATA_DIR)
  if (!existsSync(keyFile)) {
    throw new Error(
      `${common.KEEPSAKE_DATA_DIR} has no keys for tokens: start it with \`npm start\``,
    )
  }
  const issuer = await openLocalIssuer({ keyFile, ...names })
  return renewedToken(issuer, { subject: 'import', scopes: SCOPES }, clock)
}

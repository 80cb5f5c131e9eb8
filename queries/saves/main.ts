// The saves API: a viewer's own save list over HTTP, with a user of the vault that writes and one that reads a single list.
import { randomBytes } from 'node:crypto'
import { openClickhouseStore } from '#infra/clickhouse/clickhouse-store.ts'
import { openVault } from '#infra/clickhouse/open-store.ts'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig, readSecret } from '#infra/runtime/config.ts'
import { createHttpService, listen } from '#infra/runtime/http.ts'
import { takeBodies } from '#infra/runtime/http-body.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { probeWhenAsked } from '#infra/runtime/readiness.ts'
import { createTokenVerifier } from '#infra/runtime/tokens.ts'
import { createPageTokens } from './page-tokens.ts'
import { createSaveActs } from './save-acts.ts'
import { SAVE_BODY_BYTES_MAX } from './save-body.ts'
import { createSaveStore } from './save-store.ts'
import { addSavesRoutes } from './saves-routes.ts'
import { readSealKey } from '../sealed-claims.ts'

await runProcess('saves-api', async ({ stack, log, clock }) => {
  const config = readConfig(['common', 'kafka', 'vault', 'saves_reader', 'auth', 'saves'])
  const { SAVES_READER_USER, SAVES_READER_PASSWORD_FILE } = config.saves_reader
  const tokens = createPageTokens(
    readSealKey('PAGE_TOKEN_KEY_FILE', config.saves.PAGE_TOKEN_KEY_FILE),
    clock,
  )

  const application = 'saves-api'
  const writer = stack.use(openVault(config.vault, application))
  const reader = stack.use(
    openClickhouseStore({
      url: config.vault.VAULT_URL,
      user: SAVES_READER_USER,
      password: readSecret('SAVES_READER_PASSWORD_FILE', SAVES_READER_PASSWORD_FILE),
      application,
      timeoutMs: 10_000,
    }),
  )
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: application }))
  const producer = stack.use(await eventLog.openProducer())

  const store = createSaveStore({ reader, writer })
  const encoder = openEngagementEncoder()
  const acts = createSaveActs({ store, producer, encoder, clock, randomBytes })
  const readiness = probeWhenAsked('the vault', () => store.probe())
  const verifier = createTokenVerifier(config.auth)

  stack.use(await openOpsServer({ port: config.common.OPS_PORT, readiness }))
  const app = createHttpService({ log, readiness, bodyBytesMax: SAVE_BODY_BYTES_MAX })
  takeBodies(app, ['application/json'], SAVE_BODY_BYTES_MAX)
  addSavesRoutes(app, { verifier, tokens, store, acts })
  stack.use(await listen(app, config.saves.SAVES_PORT))
})

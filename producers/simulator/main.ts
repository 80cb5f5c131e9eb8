// The simulator: keeps a small platform alive through the collector, first its last hours, then one slot after the other.
import { createApiClient } from '#infra/runtime/api-client.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { openLocalIssuer } from '#infra/runtime/tokens.ts'
import { createPlatform } from './platform.ts'
import { emitTraffic } from './emit-traffic.ts'

const TOKEN_LIFETIME_S = 12 * 3600
/** A token is renewed long before it ends. */
const TOKEN_USED_MS = 6 * 3600_000
const PATIENCE_MS = 3600_000

await runProcess('simulator', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'issuer', 'simulator'])
  const { COLLECTOR_URL: url, SIMULATOR_SEED: seed } = config.simulator
  const issuer = await openLocalIssuer({
    keyFile: config.issuer.AUTH_ISSUER_KEY_FILE,
    issuer: config.issuer.AUTH_ISSUER,
    audience: config.issuer.AUTH_AUDIENCE,
  })
  const scopes = ['events:write', 'videos:write']
  let token = { text: '', signedAtMs: Number.NEGATIVE_INFINITY }
  const client = createApiClient({
    url,
    patienceMs: PATIENCE_MS,
    signal: stop,
    async token() {
      if (clock.nowMs() - token.signedAtMs > TOKEN_USED_MS) {
        const text = await issuer.sign({
          subject: 'simulator',
          scopes,
          lifetimeS: TOKEN_LIFETIME_S,
        })
        token = { text, signedAtMs: clock.nowMs() }
      }
      return token.text
    },
  })
  let caughtUp = false
  stack.use(
    await openOpsServer({
      port: config.common.OPS_PORT,
      readiness: () =>
        caughtUp ? { ready: true } : { ready: false, why: 'the history is on its way' },
    }),
  )
  const platform = createPlatform(seed)
  const onCaughtUp = (): void => {
    caughtUp = true
  }
  const emitting = emitTraffic({ client, clock, log, stop, platform, seed, onCaughtUp })
  emitting.catch((error: unknown) => stop.aborted || fail(error))
})

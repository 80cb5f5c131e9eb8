// The reports process: answers creators and analysts from published numbers, and holds no key to anything else.
import { openRollups } from '#infra/clickhouse/open-store.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { createHttpService, listen } from '#infra/runtime/http.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { probeWhenAsked } from '#infra/runtime/readiness.ts'
import { createTokenVerifier } from '#infra/runtime/tokens.ts'
import { addCatalogRoute } from './catalog-route.ts'
import { createNoisePolicies } from './noise-policies.ts'
import { addNotificationsRoute, entryPositionSchema } from './notifications-route.ts'
import { createPageTokens, reportPositionSchema } from './page-token.ts'
import { addReportRoute } from './report-route.ts'
import { addVideosRoute } from './videos-route.ts'
import { readSealKey } from '../sealed-claims.ts'

/** No route takes a body. */
const BODY_BYTES_MAX = 1024

await runProcess('reports', async ({ stack, log, clock }) => {
  const { common, rollups, auth, reports } = readConfig(['common', 'rollups', 'auth', 'reports'])
  const store = stack.use(openRollups(rollups, 'reports'))
  // The newest generation is what every report begins with: its table must be there and readable.
  const readiness = probeWhenAsked('the rollups', () =>
    store.command('select 1 from rollups.generations limit 1 format Null'),
  )
  const verifier = createTokenVerifier(auth)
  const key = readSealKey('PAGE_TOKEN_KEY_FILE', reports.PAGE_TOKEN_KEY_FILE)
  const shared = { verifier, store, clock, policies: createNoisePolicies(store) }
  const pageTokens = createPageTokens({ key, clock, position: reportPositionSchema })
  const entryTokens = createPageTokens({ key, clock, position: entryPositionSchema })

  stack.use(await openOpsServer({ port: common.OPS_PORT, readiness }))
  const app = createHttpService({ log, readiness, bodyBytesMax: BODY_BYTES_MAX })
  addReportRoute(app, { ...shared, pageTokens })
  addCatalogRoute(app, verifier)
  addVideosRoute(app, { ...shared, pageTokens })
  addNotificationsRoute(app, { ...shared, pageTokens: entryTokens })
  stack.use(await listen(app, reports.REPORTS_PORT))
})

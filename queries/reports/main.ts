// The reports process: answers creators and analysts from published numbers, and holds no key to anything else.
import { openRollups } from '#infra/clickhouse/open-store.ts'
import { readConfig, readSecret } from '#infra/runtime/config.ts'
import { createHttpService, listen } from '#infra/runtime/http.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import type { Readiness } from '#infra/runtime/ops-server.ts'
import { createTokenVerifier } from '#infra/runtime/tokens.ts'
import { addCatalogRoute } from './catalog-route.ts'
import { createPageTokens } from './page-token.ts'
import { addReportRoute } from './report-route.ts'
import { watchStore } from './store-readiness.ts'
import { addVideosRoute } from './videos-route.ts'

/** No route takes a body. */
const BODY_BYTES_MAX = 1024

await runProcess('reports', async ({ stack, log, clock }) => {
  const { common, rollups, auth, reports } = readConfig(['common', 'rollups', 'auth', 'reports'])
  const store = stack.use(openRollups(rollups, 'reports'))
  const watch = stack.use(watchStore(store, clock))
  const readiness = (): Readiness => watch.now()
  const verifier = createTokenVerifier(auth)
  const key = readSecret('PAGE_TOKEN_KEY_FILE', reports.PAGE_TOKEN_KEY_FILE)
  const options = { verifier, store, clock, pageTokens: createPageTokens(key, clock) }

  stack.use(await openOpsServer({ port: common.OPS_PORT, readiness }))
  const app = createHttpService({ log, readiness, bodyBytesMax: BODY_BYTES_MAX })
  addReportRoute(app, options)
  addCatalogRoute(app, verifier)
  addVideosRoute(app, options)
  stack.use(await listen(app, reports.REPORTS_PORT))
})

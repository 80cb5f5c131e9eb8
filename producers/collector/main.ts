// The collector: the door through which facts and the catalogue enter the log.
import { randomBytes } from 'node:crypto'
import { createDeadLetters } from '#infra/kafka/dead-letters.ts'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { createHttpService, listen } from '#infra/runtime/http.ts'
import { takeBodies } from '#infra/runtime/http-body.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { probeWhenAsked } from '#infra/runtime/readiness.ts'
import { createTokenVerifier } from '#infra/runtime/tokens.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { topics } from '#schemas/topics.ts'
import { openCatalogue } from './catalogue.ts'
import { addCatalogueRoutes } from './catalogue-routes.ts'
import { createEventBatcher } from './event-batcher.ts'
import { addEventsRoute } from './events-route.ts'
import { addImportsRoute } from './imports-route.ts'
import { openImports } from './imports.ts'

await runProcess('collector', async ({ stack, log, clock, fail }) => {
  const config = readConfig(['common', 'kafka', 'auth', 'collector'])
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'collector' }))
  const producer = stack.use(await eventLog.openProducer())
  const tables = { eventLog, producer, clock, onCrash: fail }
  const catalogue = stack.use(await openCatalogue(tables))
  const imports = stack.use(await openImports({ ...tables, randomBytes }))
  const readiness = probeWhenAsked('the log', () => eventLog.offsetsOf(topics.engagement.name))
  const encoder = openEngagementEncoder()
  const batcher = createEventBatcher({ producer, encoder, clock, source: 'collector' })
  const deadLetters = createDeadLetters({ producer, clock, origin: 'collector' })
  const verifier = createTokenVerifier(config.auth)

  stack.use(await openOpsServer({ port: config.common.OPS_PORT, readiness }))
  const bodyBytesMax = eventLimits.bodyBytesMax
  const app = createHttpService({ log, readiness, bodyBytesMax })
  takeBodies(app, ['application/json', 'application/x-ndjson'], bodyBytesMax)
  addEventsRoute(app, { verifier, encoder, batcher, deadLetters, clock })
  addCatalogueRoutes(app, { verifier, catalogue })
  addImportsRoute(app, { verifier, imports })
  stack.use(await listen(app, config.collector.COLLECTOR_PORT))
})

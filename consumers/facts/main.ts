// The facts consumer: engagement becomes pseudonymous facts in the vault.
import { openVault } from '#infra/clickhouse/open-store.ts'
import { readSchema } from '#infra/kafka/avro.ts'
import { createDeadLetters } from '#infra/kafka/dead-letters.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig, readSecret } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { topics } from '#schemas/topics.ts'
import { createEngagementDecoder } from '../engagement/engagement-decoder.ts'
import { openErasureLog } from '../engagement/erased-users.ts'
import { createPseudonyms } from '../engagement/pseudonyms.ts'
import { createFactsBlockWriter } from './facts-block-writer.ts'
import { openFactsConsumer } from './facts-consumer.ts'
import type { FactsConsumer } from './facts-consumer.ts'
import { openFrozenDays } from './frozen-days.ts'

await runProcess('facts', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'kafka', 'vault', 'pseudonyms', 'erasures'])
  const keyText = readSecret('PSEUDONYM_KEY_FILE', config.pseudonyms.PSEUDONYM_KEY_FILE)
  let consumer: FactsConsumer | undefined
  const ops = stack.use(
    await openOpsServer({
      port: config.common.OPS_PORT,
      readiness() {
        if (consumer === undefined) return { ready: false, why: 'starting' }
        return consumer.trouble === null ? { ready: true } : { ready: false, why: consumer.trouble }
      },
    }),
  )
  ops.gauge('facts_refused_events_total', 'Events and records sent to dead.v1.', () =>
    consumer === undefined ? 0 : consumer.refusedEvents,
  )
  ops.gauge(
    'facts_conflicting_ids_total',
    'Event ids that came again with another payload; noticed among the last 130,000 events.',
    () => (consumer === undefined ? 0 : consumer.conflictingIds),
  )
  const vault = stack.use(openVault(config.vault, 'facts'))
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'facts' }))
  const producer = stack.use(await eventLog.openProducer())
  const deadLetters = createDeadLetters({ producer, clock, origin: topics.engagement.name })
  const pseudonyms = createPseudonyms(Buffer.from(keyText, 'hex'))
  const erasureKey = readSecret('ERASURE_KEY_FILE', config.erasures.ERASURE_KEY_FILE)
  const key = Buffer.from(erasureKey, 'hex')
  const erasures = stack.use(await openErasureLog({ eventLog, clock, key, onCrash: fail }))
  const frozenDays = await openFrozenDays({ vault, clock, stop })
  const decoder = createEngagementDecoder({
    schema: readSchema('engagement-v1'),
    keep: { types: eventTypes, ownActs: false },
    frozenDays: frozenDays.map,
  })
  const writer = createFactsBlockWriter({
    vault,
    producer,
    deadLetters,
    pseudonyms,
    frozenDays,
    erasures,
  })
  consumer = stack.use(
    await openFactsConsumer({ log, clock, stop, fail, eventLog, decoder, writer }),
  )
})

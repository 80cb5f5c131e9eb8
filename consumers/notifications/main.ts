// The notifications consumer: a stitch or duet tells the creator of the original video, by the topic and by the feed.
import { openRollups } from '#infra/clickhouse/open-store.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import type { Readiness } from '#infra/runtime/ops-server.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { openRowConsumer } from '../rows/row-consumer.ts'
import type { RowConsumer } from '../rows/row-consumer.ts'
import { createClaimStore } from './claim-store.ts'
import { createClaimsBuffer } from './claims-buffer.ts'
import { openTeller } from './teller.ts'
import type { Teller } from './teller.ts'

await runProcess('notifications', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'kafka', 'rollups'])
  let consumer: RowConsumer | undefined
  let teller: Teller | undefined
  const readiness = (): Readiness => {
    if (consumer === undefined || teller === undefined) return { ready: false, why: 'starting' }
    const why = consumer.trouble ?? teller.trouble
    return why === null ? { ready: true } : { ready: false, why }
  }
  const ops = stack.use(await openOpsServer({ port: config.common.OPS_PORT, readiness }))
  ops.gauge(
    'notifications_waiting_seconds',
    'Age of the oldest record read and not yet stored.',
    () => {
      const sinceMs = consumer?.waitingSinceMs ?? null
      return sinceMs === null ? 0 : (clock.nowMs() - sinceMs) / 1000
    },
  )
  ops.gauge(
    'notifications_untold',
    'Stitches and duets that the catalogue does not confirm yet.',
    () => teller?.untold ?? 0,
  )

  const rollups = stack.use(openRollups(config.rollups, 'notifications'))
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'notifications' }))
  const producer = stack.use(await eventLog.openProducer())
  const claims = createClaimStore(rollups)
  const told = stack.use(openTeller({ log, clock, fail, claims, producer }))
  teller = told
  consumer = stack.use(
    await openRowConsumer({
      log,
      clock,
      stop,
      fail,
      eventLog,
      group: consumerGroups.notifications,
      topic: topics.engagement.name,
      buffer: createClaimsBuffer(),
      async store(block) {
        // Before the question: the catalogue is asked about what is stored.
        await claims.insert(block)
        await told.tell(block.map(({ derivedVideoId }) => derivedVideoId))
      },
      storeTrouble: 'the rollups or the log do not answer',
    }),
  )
})

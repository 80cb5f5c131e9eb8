// The saves consumer: engagement becomes save lists in the vault, and the catalogue the titles that they show.
import { openVault } from '#infra/clickhouse/open-store.ts'
import { openKafka } from '#infra/kafka/open-kafka.ts'
import { readConfig } from '#infra/runtime/config.ts'
import { runProcess } from '#infra/runtime/lifecycle.ts'
import { openOpsServer } from '#infra/runtime/ops-server.ts'
import type { Readiness } from '#infra/runtime/ops-server.ts'
import { consumerGroups, topics } from '#schemas/topics.ts'
import { openRowConsumer } from '../rows/row-consumer.ts'
import type { RowBuffer, RowConsumer } from '../rows/row-consumer.ts'
import { SAVES_INSERT } from './saves-block.ts'
import { createSavesBuffer } from './saves-buffer.ts'
import { createTitlesBuffer, TITLES_INSERT } from './titles-buffer.ts'

interface RowSource {
  readonly group: string
  readonly topic: string
  readonly buffer: RowBuffer<readonly Uint8Array[]>
  /** Ends with the format in which the buffer drains. */
  readonly insertStatement: string
}

await runProcess('saves', async ({ stack, log, clock, stop, fail }) => {
  const config = readConfig(['common', 'kafka', 'vault'])
  const opened: RowConsumer[] = []
  const readiness = (): Readiness => {
    if (opened.length < 2) return { ready: false, why: 'starting' }
    const why = opened.map(({ trouble }) => trouble).find((trouble) => trouble !== null)
    return why === undefined || why === null ? { ready: true } : { ready: false, why }
  }
  const ops = stack.use(await openOpsServer({ port: config.common.OPS_PORT, readiness }))
  ops.gauge('saves_waiting_seconds', 'Age of the oldest record read and not yet stored.', () => {
    const since = opened.flatMap(({ waitingSinceMs }) => waitingSinceMs ?? [])
    return since.length === 0 ? 0 : (clock.nowMs() - Math.min(...since)) / 1000
  })

  const vault = stack.use(openVault(config.vault, 'saves'))
  const eventLog = stack.use(openKafka(config.kafka, { log, clientId: 'saves' }))
  // At once: each waits for its last fetch, up to 5 s, and the deadline of closing is 10 s.
  stack.defer(async () => {
    await Promise.all(opened.map((consumer) => consumer[Symbol.asyncDispose]()))
  })
  const shared = { log, clock, stop, fail, eventLog, storeTrouble: 'the vault does not answer' }
  const open = async ({ insertStatement, ...source }: RowSource): Promise<void> => {
    const store = (body: readonly Uint8Array[]): Promise<void> =>
      vault.insert(insertStatement, body)
    opened.push(await openRowConsumer({ ...shared, ...source, store }))
  }
  // Side by side: after a crash each group waits until it has given up the member that died.
  await Promise.all([
    open({
      group: consumerGroups.saves,
      topic: topics.engagement.name,
      buffer: createSavesBuffer(),
      insertStatement: SAVES_INSERT,
    }),
    open({
      group: consumerGroups.savesTitles,
      topic: topics.videos.name,
      buffer: createTitlesBuffer(),
      insertStatement: TITLES_INSERT,
    }),
  ])
})

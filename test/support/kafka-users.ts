// Comes to a secured cluster as any of its users, by the project's own adapter, and tells how it is refused.
import { openKafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import type { KafkaEventLog } from '#infra/kafka/adapter/kafka-event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import { transactionalIds } from '#schemas/topics.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

export type Attempt = 'reads' | 'writes' | 'fences' | 'makes' | 'allows'

export interface KafkaUsers extends AsyncDisposable {
  as(user: string): KafkaEventLog
  /** Appends a record that nothing can decode. */
  write(user: string, topic: string): Promise<void>
  /** The code of the error by which an attempt is refused, or how it went. */
  refusal(user: string, attempt: Attempt, topic: string, group?: string): Promise<string>
}

const READ_LIMIT_MS = 10_000

export function openKafkaUsers(options: {
  readonly cluster: Pick<KafkaCluster, 'brokers' | 'caFile'>
  readonly users: Readonly<Record<string, string>>
}): KafkaUsers {
  const { cluster, users } = options
  const stack = new AsyncDisposableStack()
  const opened = new Map<string, KafkaEventLog>()

  function as(user: string): KafkaEventLog {
    const known = opened.get(user)
    if (known !== undefined) return known
    const eventLog = stack.use(
      openKafkaEventLog({
        log: createLog({ name: 'test', level: 'silent' }),
        clientId: 'test',
        brokers: cluster.brokers.split(','),
        caFile: cluster.caFile ?? undefined,
        user,
        password: users[user],
      }),
    )
    opened.set(user, eventLog)
    return eventLog
  }

  async function write(user: string, topic: string): Promise<void> {
    await using producer = await as(user).openProducer()
    await producer.append(topic, 0, [{ value: Buffer.from('nothing that can be decoded') }])
  }

  /** A consumer that is refused while it runs says so by its crash. */
  async function read(user: string, topic: string, group: string): Promise<void> {
    const end = Promise.withResolvers<void>()
    const late = setTimeout(() => end.resolve(), READ_LIMIT_MS)
    const take = async (): Promise<void> => end.resolve()
    try {
      await using _consumer = await as(user).openConsumer({
        group,
        topics: [topic],
        take,
        onCrash: (error) => end.reject(error),
      })
      await end.promise
    } finally {
      clearTimeout(late)
    }
  }

  async function attemptTo(
    attempt: Attempt,
    {
      user,
      topic,
      group,
    }: { readonly user: string; readonly topic: string; readonly group: string },
  ): Promise<void> {
    switch (attempt) {
      case 'reads':
        return read(user, topic, group)
      case 'writes':
        return write(user, topic)
      case 'fences': {
        await using producer = await as(user).openFencedProducer(transactionalIds.sealer)
        await producer.append(topic, 0, [{ value: Buffer.from('nothing') }])
        return
      }
      case 'makes':
        await as(user).createTopics([{ name: topic, partitions: 1, config: {} }])
        return
      case 'allows':
        return as(user).access.allow([
          { user, resource: 'topic', name: topic, pattern: 'literal', operation: 'Read' },
        ])
      default:
        return attempt satisfies never
    }
  }

  return {
    as,
    write,
    async refusal(user, attempt, topic, group = user) {
      try {
        await attemptTo(attempt, { user, topic, group })
        return 'it went well'
      } catch (error) {
        return error instanceof PipelineError ? error.code : String(error)
      }
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

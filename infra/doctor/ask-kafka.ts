// Asks a cluster what it is, within seconds, and tells a broker that is away from one that refuses.
import { topics } from '#schemas/topics.ts'
import type { EventLog } from '../kafka/event-log.ts'
import { isDenied } from '../kafka/adapter/kafka-errors.ts'
import { openKafka } from '../kafka/open-kafka.ts'
import type { Clock } from '../runtime/clock.ts'
import { ConfigError } from '../runtime/config.ts'
import type { Config } from '../runtime/config.ts'
import { messageOf } from '../runtime/errors.ts'
import { createLog } from '../runtime/log.ts'
import { kafkaCredentialsOf } from '../servers/kafka-credentials.ts'
import { OPERATOR } from '../servers/kafka-principals.ts'
import { isListening } from '../servers/local-kafka.ts'
import { judgeStamps, skewLimitsMs } from './clocks.ts'
import { fault, warning } from './finding.ts'
import type { Verdict } from './finding.ts'
import { judgeCluster, topicNames } from './kafka.ts'

const CONNECT_LIMIT_MS = 2000

export interface KafkaAnswer {
  readonly verdicts: readonly Verdict[]
  /** Of its clock; null where the cluster did not answer. */
  readonly clock: Verdict | null
}

export interface AskKafkaOptions {
  readonly brokers: readonly string[]
  readonly config: Config<'platform'>['platform']
  /** What to do about a broker that is away. */
  readonly remedy: string
  readonly clock: Clock
}

export async function askKafka(options: AskKafkaOptions): Promise<KafkaAnswer> {
  const { brokers, config, remedy, clock } = options
  const listening = await Promise.all(brokers.map(isBrokerListening))
  const silent = brokers.filter((_, index) => listening[index] !== true)
  if (silent.length === brokers.length) {
    return { verdicts: [fault(`nobody listens on ${silent.join(', ')}`, remedy)], clock: null }
  }
  const some = silent.map((broker) => warning(`nobody listens on ${broker}`, remedy))
  try {
    const log = createLog({ name: 'doctor', level: 'silent' })
    await using eventLog = openKafka(
      { ...kafkaCredentialsOf(OPERATOR, config), KAFKA_BROKERS: [...brokers] },
      { log, clientId: 'doctor', isBrief: true },
    )
    const cluster = await eventLog.describe(topicNames)
    const stamps = cluster.topics.has(topics.engagement.name)
      ? await readStamps(eventLog, clock.nowMs())
      : null
    return {
      verdicts: [...some, ...judgeCluster(cluster, brokers)],
      clock: stamps === null ? null : judgeStamps(stamps),
    }
  } catch (error) {
    return { verdicts: [...some, sayFailure(error, options)], clock: null }
  }
}

/** One that wants another way of talking, as TLS or a user, mostly just hangs up. */
function sayFailure(error: unknown, { brokers }: AskKafkaOptions): Verdict {
  if (error instanceof ConfigError) {
    return fault(error.faults.join('; ').trim(), 'Correct the file or the variable.')
  }
  if (isDenied(error)) {
    return fault(
      `${brokers.join(', ')} refuses us: ${messageOf(error)}`,
      'See that KAFKA_USER and its password are right, and that it may do what the user operator ' +
        'has to: npm run -s keepsake -- acls says what that is.',
    )
  }
  return fault(
    `${brokers.join(', ')} takes connections and does not answer us as Kafka`,
    'See that a broker listens there, and that KAFKA_USER, KAFKA_PASSWORD_FILE and ' +
      'KAFKA_CA_FILE are what it asks for.',
  )
}

/** Of `host:port`, also `[::1]:9092`. */
function isBrokerListening(broker: string): Promise<boolean> {
  const at = broker.lastIndexOf(':')
  const host = broker.slice(0, at).replaceAll(/[[\]]/g, '')
  const port = Number(broker.slice(at + 1))
  if (at < 1 || !Number.isInteger(port) || port < 1 || port > 65_535) return Promise.resolve(false)
  return isListening(port, host, CONNECT_LIMIT_MS)
}

async function readStamps(
  eventLog: EventLog,
  nowMs: number,
): Promise<Parameters<typeof judgeStamps>[0]> {
  const { name } = topics.engagement
  return {
    warning: await eventLog.hasRecordsSince(name, nowMs + skewLimitsMs.warning),
    fault: await eventLog.hasRecordsSince(name, nowMs + skewLimitsMs.fault),
  }
}

// What Kafka answers is judged by its type, however deep kafkajs has wrapped it.
import {
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
} from 'kafkajs'
import { expect, test } from 'vitest'
import { isDenied, reach } from '#infra/kafka/adapter/kafka-errors.ts'

const refused = new KafkaJSConnectionError('connect ECONNREFUSED', { broker: 'a:1' })

function protocolError(type: string, retriable: boolean): Error {
  return Object.assign(new KafkaJSProtocolError(new Error(type)), { type, retriable })
}

test.each([
  ['a refused connection', refused, 'log_unreachable'],
  [
    'a refused connection that is said not to be retried',
    Object.assign(new KafkaJSNonRetriableError('no'), { cause: refused }),
    'log_unreachable',
  ],
  [
    'what was tried often enough',
    new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 6, retryTime: 1 }),
    'log_unreachable',
  ],
  [
    'brokers of which none names a coordinator',
    Object.assign(new KafkaJSNonRetriableError('none'), {
      name: 'KafkaJSGroupCoordinatorNotFound',
    }),
    'log_unreachable',
  ],
  ['a leader that is being chosen', protocolError('LEADER_NOT_AVAILABLE', true), 'log_unreachable'],
  ['a message that is too large', protocolError('MESSAGE_TOO_LARGE', false), 'log_refused'],
  ['a member that is none any more', protocolError('UNKNOWN_MEMBER_ID', false), 'stale_assignment'],
  ['an older producer', protocolError('INVALID_PRODUCER_EPOCH', false), 'fenced'],
  ['anything else', new Error('what?'), 'log_refused'],
])('%s', async (_what, error, code) => {
  await expect(reach(() => Promise.reject(error))).rejects.toMatchObject({
    code,
    retryable: code === 'log_unreachable',
  })
})

test.each([
  ['a right that is missing', protocolError('TOPIC_AUTHORIZATION_FAILED', false), true],
  [
    'a wrong password',
    Object.assign(new KafkaJSNonRetriableError('no'), { name: 'KafkaJSSASLAuthenticationError' }),
    true,
  ],
  ['a refused connection', refused, false],
  ['what is no Kafka', new KafkaJSNonRetriableError('Broker not connected'), false],
])('%s is told from all others that are refused', async (_what, cause, denied) => {
  const error: unknown = await reach(() => Promise.reject(cause)).catch((thrown: unknown) => thrown)
  expect(isDenied(error)).toBe(denied)
})

// Turns what Kafka answers into our own errors, judged by the protocol's error type and never by text.
import { PipelineError, messageOf } from '../../runtime/errors.ts'

/** Kafka's own error types that mean: this member or producer is not the current one any more. */
const STALE = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS'])
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'])

/** Types of missing rights, one for each kind of resource. */
const DENIED = /_AUTHORIZATION_FAILED$/

/** Runs a request and turns what fails into a PipelineError, judged by type and never by text. */
export async function reach<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    throw pipelineErrorOf(error)
  }
}

/** Our own error for anything that kafkajs throws or tells. */
export function pipelineErrorOf(error: unknown): PipelineError {
  const type = typeOf(error)
  const message = messageOf(error)
  if (STALE.has(type)) return new PipelineError('stale_assignment', message, error)
  if (FENCED.has(type)) return new PipelineError('fenced', message, error)
  const code = causesOf(error).some(mayPass) ? 'log_unreachable' : 'log_refused'
  return new PipelineError(code, message, error)
}

/** Whether brokers said that this user is not who it says, or may not do this. */
export function isDenied(error: unknown): boolean {
  return causesOf(error).some(
    (each) =>
      each.name === 'KafkaJSSASLAuthenticationError' ||
      ('type' in each && typeof each.type === 'string' && DENIED.test(each.type)),
  )
}

/** An error and all that caused it: kafkajs wraps a refused connection in one that says not to retry. */
function causesOf(error: unknown): readonly Error[] {
  if (!(error instanceof Error)) return []
  return [error, ...causesOf(error.cause)]
}

/** Errors of a log that is away, or not ready for this yet. */
const PASSING = new Set([
  'KafkaJSBrokerNotFound',
  'KafkaJSConnectionClosedError',
  'KafkaJSConnectionError',
  // Also of a group that this user may not see: kafkajs drops what each broker answered.
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSRequestTimeoutError',
])

function mayPass(error: Error): boolean {
  return PASSING.has(error.name) || ('retriable' in error && error.retriable === true)
}

/** The protocol's name of an error; kafkajs wraps the last one when it gives up. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('type' in error && typeof error.type === 'string') return error.type
  return error.cause === undefined ? '' : typeOf(error.cause)
}

// Keeps idle kafkajs connections quiet: its request queue re-arms a timer of a negative delay, a 1 ms loop per connection.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests(this: RequestQueue): void
}

interface RequestQueueClass {
  readonly prototype: RequestQueue
}

let guarded = false

/**
 * Makes the queue look for pending requests only while there are some: a new request and an answer
 * both look on their own. Needed by kafkajs 2.2.4, where an empty queue is looked at a thousand times
 * a second (5 % of a core a connection); a test fails if the library's queue changes.
 */
export function guardRequestQueues(): void {
  if (guarded) return
  guarded = true
  const { prototype } = requestQueueClass()
  // oxlint-disable-next-line typescript/unbound-method -- called below with the queue as `this`
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function guardedSchedule(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this)
  }
}

/** The library's class, which it does not export. @throws when it is not where 2.2.4 has it. */
export function requestQueueClass(): RequestQueueClass {
  const found: unknown = require('kafkajs/src/network/requestQueue')
  if (isRequestQueueClass(found)) return found
  throw new Error('kafkajs has changed: its request queue is not guarded against an idle loop')
}

function isRequestQueueClass(value: unknown): value is RequestQueueClass {
  if (typeof value !== 'function') return false
  const prototype: unknown = value.prototype
  if (typeof prototype !== 'object' || prototype === null) return false
  return (
    'scheduleCheckPendingRequests' in prototype &&
    typeof prototype.scheduleCheckPendingRequests === 'function'
  )
}

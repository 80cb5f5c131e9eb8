// A sealer takes over while a broker is being replaced, and gives up where it is refused.
import { expect, test } from 'vitest'
import type { FencedProducer } from '#infra/kafka/event-log.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { takeOver } from '#consumers/sealer/takeover.ts'
import { createManualClock } from '../../support/manual-clock.ts'

/** A log that answers the appends of takeovers in turn. */
function logThat(...answers: readonly (bigint | PipelineError)[]) {
  const left = [...answers]
  let closed = 0
  const producer: FencedProducer = {
    async append() {
      const answer = left.shift()
      if (typeof answer === 'bigint') return answer
      throw answer ?? new Error('asked too often')
    },
    [Symbol.asyncDispose]: async () => void (closed += 1),
  }
  return { openFencedProducer: async () => producer, closed: () => closed }
}

test('a try that did not reach the log is made again, with a new producer', async () => {
  const log = logThat(new PipelineError('log_unreachable', 'away'), 7n)
  const clock = createManualClock()
  const epoch = takeOver({ eventLog: log, clock, stop: new AbortController().signal })
  await clock.advance(500)
  expect(await epoch).toBe(7n)
  expect(log.closed()).toBe(2)
})

test('who is fenced gives up', async () => {
  const log = logThat(new PipelineError('fenced', 'another was later'), 7n)
  const stop = new AbortController().signal
  await expect(takeOver({ eventLog: log, clock: createManualClock(), stop })).rejects.toMatchObject(
    {
      code: 'fenced',
    },
  )
})

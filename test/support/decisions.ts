// The log of decisions as it stands: what was committed, in order.
import { openDecisionCodec } from '#consumers/sealer/decision-records.ts'
import type { EventLog } from '#infra/kafka/event-log.ts'
import type { Decision } from '#schemas/decision.ts'
import { topics } from '#schemas/topics.ts'

const READ_LIMIT_MS = 20_000

/** @throws PipelineError when the log does not answer, Error when it could not be read in time. */
export async function readDecisions(eventLog: EventLog): Promise<readonly Decision[]> {
  const topic = topics.decisions.name
  const codec = openDecisionCodec()
  const decisions: Decision[] = []
  const ends = await eventLog.offsetsOf(topic)
  const stop = AbortSignal.timeout(READ_LIMIT_MS)
  await eventLog.readRanges({
    topic,
    ranges: ends.map(({ partition, low, high }) => ({ partition, from: low, to: high })),
    stop,
    async take(records) {
      for (const { value } of records) {
        const decision = value === null ? null : codec.decode(value)
        if (decision !== null) decisions.push(decision)
      }
    },
  })
  stop.throwIfAborted()
  return decisions
}

// The log of decisions: what a seal has drawn is written here before anybody can read it, and the first decision of a key counts.
import type { FencedProducer } from '#infra/kafka/event-log.ts'
import { decisionKey } from '#schemas/decision.ts'
import type { Decision } from '#schemas/decision.ts'
import { topics } from '#schemas/topics.ts'
import { openDecisionCodec } from './decision-records.ts'

/** Its one partition. */
const PARTITION = 0

/**
 * Appends decisions, all or none. They count once they are read back: who is not told whether they
 * were stored reads the log to its end and finds out.
 * @throws PipelineError `fenced` when another sealer has taken over.
 */
export async function appendDecisions(
  producer: FencedProducer,
  decisions: readonly Decision[],
): Promise<void> {
  const codec = openDecisionCodec()
  const records = decisions.map((decision) => ({
    key: decisionKey(decision),
    value: codec.encode(decision),
  }))
  await producer.append(topics.decisions.name, PARTITION, records)
}

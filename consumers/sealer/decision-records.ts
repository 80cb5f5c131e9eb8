// Records of the log of decisions, in both of their versions.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { Decision } from '#schemas/decision.ts'

export interface DecisionCodec {
  encode(decision: Decision): Buffer
  /** Null: the record is of no known version, or damaged. */
  decode(value: Buffer): Decision | null
}

export function openDecisionCodec(): DecisionCodec {
  const codec = openAvroCodec<Decision>('decision-v2')
  // Records of the first version know leaves of videos alone.
  const formerCodec = openAvroCodec<Omit<Decision, 'metric' | 'creator'>>('decision-v1')
  return {
    encode: (decision) => codec.encode(decision),
    decode(value) {
      const decision = codec.decode(value)
      if (decision !== null) return decision
      const former = formerCodec.decode(value)
      return former === null ? null : { ...former, metric: '', creator: 0n }
    },
  }
}

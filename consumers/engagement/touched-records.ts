// Reads what consumers wrote of stored blocks: records of both versions of `touched.v1`.
import { openAvroCodec } from '#infra/kafka/avro.ts'
import type { Touched } from '#schemas/touched.ts'

/** Null: the record is of no known version, or damaged. */
export type TouchedDecoder = (value: Buffer) => Touched | null

export function createTouchedDecoder(): TouchedDecoder {
  const codec = openAvroCodec<Touched>('touched-v2')
  const formerCodec = openAvroCodec<Omit<Touched, 'facts'>>('touched-v1')
  return (value) => {
    const touched = codec.decode(value)
    if (touched !== null) return touched
    // Records of the first version do not tell how many facts a slot got.
    const former = formerCodec.decode(value)
    return former === null ? null : { ...former, facts: former.slots.map(() => 1) }
  }
}

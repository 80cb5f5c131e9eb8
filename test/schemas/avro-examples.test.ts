// Frozen bytes of every published schema: what was written once is read for ever, with the same meaning.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openAvroCodec, readSchema } from '#infra/kafka/avro.ts'
import type { SchemaName } from '#infra/kafka/avro.ts'
import {
  ageBands,
  devices,
  eventTypes,
  followStatuses,
  genders,
  regions,
  shareChannels,
  trafficSources,
} from '#schemas/dimensions.ts'
import { videoKinds, visibilities } from '#schemas/catalogue.ts'
import { importActs } from '#schemas/import-hold.ts'
import { remixTypes } from '#schemas/notification.ts'

const names = [
  'creator-v1',
  'dead-letter-v1',
  'decision-v1',
  'decision-v2',
  'engagement-v1',
  'erasure-v1',
  'import-hold-v1',
  'notification-v1',
  'takeover-v1',
  'touched-v1',
  'touched-v2',
  'video-v1',
] as const satisfies readonly SchemaName[]

const folder = new URL('../../schemas/avro/', import.meta.url)
const exampleSchema = z.object({ hex: z.string(), value: z.unknown() })

/** JSON as the examples spell it: longs as decimal strings, bytes as hex. */
function spelled(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'bigint') return each.toString()
    const bytes = z.object({ type: z.literal('Buffer'), data: z.array(z.number()) }).safeParse(each)
    return bytes.success ? Buffer.from(bytes.data.data).toString('hex') : each
  })
  return JSON.parse(text)
}

describe('a published schema', () => {
  test('has an example, each of them', () => {
    const schemas = readdirSync(folder).filter((name) => name.endsWith('.avsc'))
    expect(schemas).toEqual(names.map((name) => `${name}.avsc`))
    expect(readdirSync(new URL('examples/', folder))).toEqual(names.map((name) => `${name}.json`))
  })

  test.each(names)('%s reads its frozen example and writes it again, byte by byte', (name) => {
    const text = readFileSync(new URL(`examples/${name}.json`, folder), 'utf8')
    const { hex, value } = exampleSchema.parse(JSON.parse(text))
    const codec = openAvroCodec<unknown>(name)
    const decoded = codec.decode(Buffer.from(hex, 'hex'))
    expect(spelled(decoded)).toEqual(value)
    expect(codec.encode(decoded).toString('hex')).toBe(hex)
  })

  test.each(names)('%s is not taken for another', (name) => {
    const text = readFileSync(new URL(`examples/${name}.json`, folder), 'utf8')
    const bytes = Buffer.from(exampleSchema.parse(JSON.parse(text)).hex, 'hex')
    for (const other of names) {
      if (other !== name) expect(openAvroCodec<unknown>(other).decode(bytes)).toBeNull()
    }
    expect(openAvroCodec<unknown>(name).decode(bytes.subarray(0, -1))).toBeNull()
  })
})

describe('enumerations', () => {
  /** Symbols by the name of the enum, from anywhere in a schema. */
  function symbolsIn(schema: unknown, found = new Map<string, readonly string[]>()) {
    if (Array.isArray(schema)) for (const each of schema) symbolsIn(each, found)
    else if (typeof schema === 'object' && schema !== null) {
      const parsed = z.object({ name: z.string(), symbols: z.array(z.string()) }).safeParse(schema)
      if (parsed.success) found.set(parsed.data.name, parsed.data.symbols)
      for (const each of Object.values(schema)) symbolsIn(each, found)
    }
    return found
  }

  test('on the wire have the order of the lists, by which columns are coded', () => {
    const symbols = symbolsIn(readSchema('engagement-v1'))
    const named = (values: readonly string[]): readonly string[] =>
      values.map((value) =>
        /^\d/.test(value) ? `a${value.replace('-', '_').replace('+', '_plus')}` : value,
      )
    expect(Object.fromEntries(symbols)).toEqual({
      EventType: eventTypes,
      Region: regions,
      AgeBand: named(ageBands),
      Gender: genders,
      Device: devices,
      TrafficSource: trafficSources,
      FollowStatus: followStatuses,
      ShareChannel: shareChannels,
    })
    expect(Object.fromEntries(symbolsIn(readSchema('video-v1')))).toEqual({
      Visibility: visibilities,
      VideoKind: videoKinds,
    })
    expect(Object.fromEntries(symbolsIn(readSchema('import-hold-v1')))).toEqual({
      ImportAct: importActs,
    })
    expect(Object.fromEntries(symbolsIn(readSchema('notification-v1')))).toEqual({
      RemixType: remixTypes,
    })
  })
})

// What the columnar path must know of the Avro schema that wrote a record; refuses at start what it could misread.
import { z } from 'zod'
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

/** How a field of an event stands in Avro; `enum` lists the values that its codes mean here. */
type FieldForm =
  | { readonly avro: 'fixed' | 'long' | 'int' }
  | { readonly avro: 'enum'; readonly values: readonly string[] }

const eventForms = {
  event_id: { avro: 'fixed' },
  type: { avro: 'enum', values: eventTypes },
  occurred_at: { avro: 'long' },
  user_id: { avro: 'long' },
  video_id: { avro: 'long' },
  creator_id: { avro: 'long' },
  region: { avro: 'enum', values: regions },
  age_band: { avro: 'enum', values: ageBands },
  gender: { avro: 'enum', values: genders },
  device: { avro: 'enum', values: devices },
  traffic_source: { avro: 'enum', values: trafficSources },
  follow_status: { avro: 'enum', values: followStatuses },
  watched_ms: { avro: 'int' },
  duration_ms: { avro: 'int' },
  position_ms: { avro: 'int' },
  share_channel: { avro: 'enum', values: shareChannels },
  derived_video_id: { avro: 'long' },
  collection_id: { avro: 'long' },
} as const satisfies Record<string, FieldForm>

const envelopeForms = {
  sent_at: { avro: 'long' },
  source: { avro: 'string' },
  backfill: { avro: 'boolean' },
  events: { avro: 'array' },
} as const

export type EventField = keyof typeof eventForms
export type EnvelopeField = keyof typeof envelopeForms

export interface WriterField {
  readonly name: EventField
  readonly avro: FieldForm['avro']
  /** Codes that the writer may use: 0 to this, less one. 0 for a field that is no enum. */
  readonly codes: number
}

export interface WriterSchema {
  /** In the order of the bytes. */
  readonly envelope: readonly EnvelopeField[]
  readonly event: readonly WriterField[]
}

const fieldSchema = z.looseObject({
  name: z.string(),
  type: z.preprocess(
    (type) => (typeof type === 'string' ? { type } : type),
    z.looseObject({
      type: z.string(),
      symbols: z.array(z.string()).optional(),
      size: z.int().optional(),
      items: z.unknown().optional(),
    }),
  ),
})
const recordSchema = z.looseObject({ type: z.literal('record'), fields: z.array(fieldSchema) })

type Field = z.infer<typeof fieldSchema>

/** @throws Error naming the field where the writer's schema is not one that the columns can hold. */
export function parseWriterSchema(schema: unknown): WriterSchema {
  const { fields } = recordSchema.parse(schema)
  const envelope = fields.map((field) => {
    if (!isKey(envelopeForms, field.name)) throw unfit(field.name)
    if (envelopeForms[field.name].avro !== field.type.type) throw unfit(field.name)
    return field.name
  })
  // The events are judged by what the envelope says, so it has to be read before them.
  const last = fields.at(-1)
  if (last?.name !== 'events') throw unfit('events')
  const { fields: eventFields } = recordSchema.parse(last.type.items)
  const event = eventFields.map(writerField)
  requireAll(envelopeForms, envelope)
  requireAll(
    eventForms,
    event.map(({ name }) => name),
  )
  return { envelope, event }
}

function writerField({ name, type: { type, size, symbols = [] } }: Field): WriterField {
  if (!isKey(eventForms, name)) throw unfit(name)
  const form = eventForms[name]
  if (type !== form.avro || (type === 'fixed' && size !== 16)) throw unfit(name)
  if (form.avro === 'enum') {
    const known = form.values.map(avroSymbol)
    // A symbol that this version doesn't know would be stored as another value's code.
    if (symbols.some((symbol, code) => symbol !== known[code])) throw unfit(name)
  }
  return { name, avro: form.avro, codes: symbols.length }
}

/** Avro names cannot begin with a digit: `13-17` is the symbol `a13_17`, `65+` is `a65_plus`. */
function avroSymbol(value: string): string {
  return /^\d/.test(value) ? `a${value.replace('-', '_').replace('+', '_plus')}` : value
}

function requireAll(forms: object, names: readonly string[]): void {
  for (const name of Object.keys(forms)) {
    if (names.filter((each) => each === name).length !== 1) throw unfit(name)
  }
}

function isKey<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key)
}

function unfit(name: string): Error {
  return new Error(`the writer's schema has no field ${name} that the columns can hold`)
}

// A schema that the columns would misread is refused at start, by the name of its field.
import { describe, expect, test } from 'vitest'
import { parseWriterSchema } from '#consumers/engagement/writer-schema.ts'
import { eventTypes } from '#schemas/dimensions.ts'
import { schema } from './avro-events.ts'

/** The published schema with some text replaced. */
function changed(from: string | RegExp, to: string): unknown {
  const text = JSON.stringify(schema)
  const other = text.replace(from, to)
  expect(other).not.toBe(text)
  return JSON.parse(other)
}

test('the published schema is read in its own order', () => {
  const { envelope, event } = parseWriterSchema(schema)
  expect(envelope).toEqual(['sent_at', 'source', 'backfill', 'events'])
  expect(event.slice(0, 3)).toEqual([
    { name: 'event_id', avro: 'fixed', codes: 0 },
    { name: 'type', avro: 'enum', codes: eventTypes.length },
    { name: 'occurred_at', avro: 'long', codes: 0 },
  ])
  expect(event).toHaveLength(18)
})

test('a writer that knows fewer values is understood', () => {
  const { event } = parseWriterSchema(changed(',"duet"]', ']'))
  expect(event[1]).toEqual({ name: 'type', avro: 'enum', codes: eventTypes.length - 1 })
})

describe('refused is a schema', () => {
  test.each([
    [
      'with a field that is not known',
      'watched_ms',
      changed('"watched_ms"', '"looped_ms"'),
      'looped_ms',
    ],
    [
      'with an enum in another order',
      'type',
      changed('"like","unlike"', '"unlike","like"'),
      'type',
    ],
    ['with a value that is not known', 'device', changed('"tv","other"', '"tv","car"'), 'device'],
    ['with a longer id', 'event_id', changed('"size":16', '"size":20'), 'event_id'],
    [
      'with another type of field',
      'watched_ms',
      changed(/("watched_ms","type":)"int"/, '$1"long"'),
      'watched_ms',
    ],
    ['with a field twice', 'user_id', changed('"name":"video_id"', '"name":"user_id"'), 'user_id'],
    ['without its events', 'events', changed('"name":"events"', '"name":"items"'), 'items'],
  ])('%s', (_name, _field, other, named) => {
    expect(() => parseWriterSchema(other)).toThrow(`no field ${named} that`)
  })
})

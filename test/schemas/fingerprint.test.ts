// A schema is known by its fingerprint: ours is the one of every Avro library, and it never changes once published.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import avro from 'avsc'
import { describe, expect, test } from 'vitest'
import { canonicalForm, fingerprintOf } from '#schemas/avro/fingerprint.ts'
import { fingerprints } from '#schemas/avro/fingerprints.ts'

const folder = fileURLToPath(new URL('../../schemas/avro/', import.meta.url))
const published = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.avsc'))
    .map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
)

describe('a published schema', () => {
  test.each([...published])('%s has the form that avsc gives it', (_name, schema) => {
    expect(canonicalForm(schema)).toBe(JSON.stringify(avro.Type.forSchema(schema).schema()))
  })

  test('never changes: each has the fingerprint under which it was published', () => {
    const found = [...published].map(([name, schema]) => [
      name,
      fingerprintOf(schema).toString(16).padStart(16, '0'),
    ])
    expect(Object.fromEntries(found)).toEqual(fingerprints)
  })
})

test('the fingerprint of "null" is the one of the specification', () => {
  expect(fingerprintOf('null')).toBe(7195948357588979594n)
})

describe('the canonical form', () => {
  test('keeps what decides the bytes and drops the rest', () => {
    const schema = {
      doc: 'of people',
      type: 'record',
      namespace: 'a.b',
      name: 'Outer',
      aliases: ['Old'],
      fields: [
        { name: 'at', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 0 },
        { name: 'maybe', type: ['null', { type: 'enum', name: 'Kind', symbols: ['x', 'y'] }] },
        { name: 'kind', type: 'Kind' },
        { name: 'bytes', type: { type: 'fixed', size: 4, name: 'Four', namespace: '' } },
        { name: 'many', type: { type: 'array', items: { type: 'map', values: 'a.b.Kind' } } },
      ],
    }
    expect(canonicalForm(schema)).toBe(
      JSON.stringify({
        name: 'a.b.Outer',
        type: 'record',
        fields: [
          { name: 'at', type: 'long' },
          {
            name: 'maybe',
            type: ['null', { name: 'a.b.Kind', type: 'enum', symbols: ['x', 'y'] }],
          },
          { name: 'kind', type: 'a.b.Kind' },
          { name: 'bytes', type: { name: 'Four', type: 'fixed', size: 4 } },
          { name: 'many', type: { type: 'array', items: { type: 'map', values: 'a.b.Kind' } } },
        ],
      }),
    )
  })

  test('is the same for a type with nothing but decoration around it', () => {
    expect(canonicalForm({ type: { type: 'string', doc: 'a name' } })).toBe('"string"')
  })

  test.each([[null], [1], [{}], [{ type: 'record', name: 'R' }], [{ type: 'enum', symbols: [] }]])(
    'of %j does not exist',
    (schema) => {
      expect(() => canonicalForm(schema)).toThrow(/Avro|list/)
    },
  )
})

// Names an Avro schema by 64 bits of its content, so that each record says which schema wrote it.

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'])

type Json = Readonly<Record<string, unknown>>

/**
 * The schema in Parsing Canonical Form (Avro 1.11 specification): full names, no docs, defaults or
 * logical types, a fixed order of attributes, no white space. Two schemas with the same form write
 * the same bytes.
 * @throws Error when `schema` is no Avro schema.
 */
export function canonicalForm(schema: unknown): string {
  return canonical(schema, '')
}

/** CRC-64-AVRO of the canonical form, unsigned; single-object encoding writes it least byte first. */
export function fingerprintOf(schema: unknown): bigint {
  return crc64(new TextEncoder().encode(canonicalForm(schema)))
}

function canonical(schema: unknown, namespace: string): string {
  if (typeof schema === 'string') return JSON.stringify(nameOrPrimitive(schema, namespace))
  if (Array.isArray(schema)) return list(schema, (each) => canonical(each, namespace))
  if (!isJson(schema)) throw new Error('not an Avro schema')
  const { type } = schema
  switch (type) {
    case 'array':
      return `{"type":"array","items":${canonical(schema['items'], namespace)}}`
    case 'map':
      return `{"type":"map","values":${canonical(schema['values'], namespace)}}`
    case 'record':
    case 'error':
    case 'enum':
    case 'fixed':
      return named(type, schema, namespace)
    default:
      // `{"type": X}` with no more than decoration around it is X.
      return canonical(type, namespace)
  }
}

function named(type: string, schema: Json, outer: string): string {
  const name = fullName(schema, outer)
  const namespace = name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : ''
  return `{"name":${JSON.stringify(name)},"type":"${type}",${contentOf(type, schema, namespace)}}`
}

function contentOf(type: string, schema: Json, namespace: string): string {
  switch (type) {
    case 'enum':
      return `"symbols":${list(schema['symbols'], (symbol) => JSON.stringify(symbol))}`
    case 'fixed':
      return `"size":${Number(schema['size'])}`
    default:
      return `"fields":${list(schema['fields'], (field) => fieldForm(field, namespace))}`
  }
}

function fieldForm(field: unknown, namespace: string): string {
  if (!isJson(field)) throw new Error('a field of an Avro record must be an object')
  const type = canonical(field['type'], namespace)
  return `{"name":${JSON.stringify(field['name'])},"type":${type}}`
}

function fullName({ name, namespace }: Json, outer: string): string {
  if (typeof name !== 'string') throw new Error('an Avro record, enum or fixed needs a name')
  if (name.includes('.')) return name
  return qualified(name, typeof namespace === 'string' ? namespace : outer)
}

function nameOrPrimitive(name: string, namespace: string): string {
  return primitives.has(name) || name.includes('.') ? name : qualified(name, namespace)
}

function qualified(name: string, namespace: string): string {
  return namespace === '' ? name : `${namespace}.${name}`
}

function list(items: unknown, form: (item: unknown) => string): string {
  if (!Array.isArray(items)) throw new Error('an Avro schema lacks a list')
  return `[${items.map(form).join(',')}]`
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Also the value of the empty input (Avro 1.11 specification, Schema Fingerprints). */
const CRC64_EMPTY = 0xc15d213aa4d7a795n

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let crc = BigInt(index)
  for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? CRC64_EMPTY : 0n)
  return crc
})

function crc64(bytes: Uint8Array): bigint {
  let crc = CRC64_EMPTY
  for (const byte of bytes)
    crc = (crc >> 8n) ^ (crcTable[Number((crc ^ BigInt(byte)) & 255n)] ?? 0n)
  return crc
}

// The body of a save: dimensions and nothing else, each fault named.
import { describe, expect, test } from 'vitest'
import { HttpProblem } from '#infra/runtime/http.ts'
import { parseSaveBody } from '#queries/saves/save-body.ts'

const unknown = {
  region: 'ZZ',
  age_band: 'unknown',
  gender: 'unknown',
  device: 'unknown',
  traffic_source: 'unknown',
  follow_status: 'unknown',
}

function problemOf(text: string): { readonly code: string; readonly field: unknown } {
  try {
    parseSaveBody(Buffer.from(text))
  } catch (error) {
    if (error instanceof HttpProblem) return { code: error.code, field: error.extra['field'] }
    throw error
  }
  return { code: 'none', field: undefined }
}

describe('the body of a save', () => {
  test('may be left out, be empty, or be an empty object: all dimensions are unknown', () => {
    for (const body of [undefined, Buffer.alloc(0), Buffer.from('{}')]) {
      expect(parseSaveBody(body)).toEqual(unknown)
    }
  })

  test('names dimensions; those left out are unknown', () => {
    const body = Buffer.from('{"region":"BR","traffic_source":"for_you"}')
    expect(parseSaveBody(body)).toEqual({ ...unknown, region: 'BR', traffic_source: 'for_you' })
  })

  test.each([
    ['{"user_id":"62"}', 'unknown_field', 'user_id'],
    ['{"creator_id":"62"}', 'unknown_field', 'creator_id'],
    ['{"occurred_at":"2026-11-01T00:00:00Z"}', 'unknown_field', 'occurred_at'],
    ['{"__proto__":{"region":"BR"}}', 'unknown_field', '__proto__'],
    ['{"region":"XX1"}', 'not_allowed', 'region'],
    ['{"gender":null}', 'wrong_type', 'gender'],
    ['{"device":["mobile"]}', 'wrong_type', 'device'],
  ])('%s is refused as %s, naming %s', (text, code, field) => {
    expect(problemOf(text)).toEqual({ code, field })
  })

  test.each(['{', '[]', 'null', '"BR"', '7', '\uFFFF'])('%s is no JSON object', (text) => {
    expect(problemOf(text).code).toBe('invalid_json')
  })
})

// What a map may say, and how its faults are told.
import { describe, expect, test } from 'vitest'
import { columnsOf } from '#producers/import/import-map.ts'
import { MapError, parseMap, readMap, readyMaps } from '#producers/import/read-map.ts'
import { aMap } from './maps.ts'

function faultsOf(map: unknown): string {
  try {
    parseMap(JSON.stringify(map), 'mine.json')
  } catch (error) {
    if (error instanceof MapError) return error.message
    throw error
  }
  return ''
}

describe('a map', () => {
  test.each(readyMaps())('%s comes with keepsake, is sound, and says what it is', (name) => {
    const map = readMap(name)
    expect(map.about).not.toBe('')
    expect(map.notes.length).toBeGreaterThan(0)
  })

  test('tells all its faults at once, each with its path and what is allowed', () => {
    const told = faultsOf({
      ...aMap,
      format: 'xml',
      namespace: 'Not One',
      user_id: { column: 'user', offset: 1, hash: true },
      gender: { column: 'sex', values: { m: 'man' } },
      colour: 'red',
      events: [
        { type: 'view', when: { played: { over: 3 } } },
        { type: 'look' },
        { type: 'like', watched_ms: 3 },
      ],
    })
    expect(told).toMatch(/^The map mine.json has 10 fault\(s\):/)
    for (const line of [
      'format: must be one of csv ndjson',
      'namespace: must be 1 to 64 of',
      'user_id: must have either offset or hash, not both',
      'gender.values.m: must be one of unknown female male other',
      'colour: is not a word of a map here',
      'events[0].when.played.over: is not a word of a map here',
      'events[0].watched_ms: must be 0 to 86400000, or {"column", "unit", "round"}',
      'events[1].type: type must be one of view like',
      'events[2].watched_ms: is not a word of a map here',
    ]) {
      expect(told).toContain(line)
    }
  })

  test('that is no JSON, or is not there, is told with the names of ready ones', () => {
    expect(() => parseMap('{', 'mine.json')).toThrow(/mine.json has 1 fault.*\n.*not JSON/)
    expect(() => readMap('/nowhere/at-all.json')).toThrow(
      /cannot be read.*ready: kuairand movielens/,
    )
  })

  test('names its columns, wherever they stand', () => {
    const map = parseMap(
      JSON.stringify({
        ...aMap,
        region: { column: 'land', values: { column: 'DE' }, otherwise: 'ZZ' },
        videos: { title: 'The {name} of {year}', published_at: { column: 'born', unit: 's' } },
      }),
      'mine.json',
    )
    expect([...columnsOf(map)].sort()).toEqual(
      ['at', 'author', 'born', 'land', 'liked', 'name', 'played', 'user', 'video', 'year'].sort(),
    )
  })
})

// The house rules that a reader relies on: who may import whom, and where the few global things are touched.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { longFiles } from './support/file-order.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const stations = ['schemas', 'infra', 'producers', 'consumers', 'queries'] as const
type Station = (typeof stations)[number]

const mayImport: Readonly<Record<Station, readonly Station[]>> = {
  schemas: [],
  infra: ['schemas'],
  producers: ['schemas', 'infra'],
  consumers: ['schemas', 'infra'],
  queries: ['schemas', 'infra'],
}

interface SourceFile {
  readonly path: string
  readonly text: string
  readonly imports: readonly string[]
}

function sourcesIn(station: string): readonly SourceFile[] {
  return readdirSync(join(root, station), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => {
      const file = join(entry.parentPath, entry.name)
      const text = readFileSync(file, 'utf8')
      const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)
      return { path: relative(root, file), text, imports: [...found].map(([, name]) => name ?? '') }
    })
}

const sources = new Map(stations.map((station) => [station, sourcesIn(station)]))
const all = [...sources.values()].flat()

/** The station that an import reaches, or null for a package. */
function stationOf(importing: SourceFile, name: string): string | null {
  if (name.startsWith('#')) return name.slice(1).split('/', 1)[0] ?? null
  if (!name.startsWith('.')) return null
  const target = relative(root, resolve(root, dirname(importing.path), name))
  return target.split('/', 1)[0] ?? null
}

function filesThatImport(name: string): readonly string[] {
  return all.filter(({ imports }) => imports.includes(name)).map(({ path }) => path)
}

function filesThatSay(pattern: RegExp): readonly string[] {
  return all.filter(({ text }) => pattern.test(text)).map(({ path }) => path)
}

describe('the walk crosses borders only where it may', () => {
  test.each(stations)('%s imports only its neighbours', (station) => {
    const crossings = (sources.get(station) ?? []).flatMap((file) =>
      file.imports.flatMap((name) => {
        const target = stationOf(file, name)
        const allowed = target === null || target === station
        const neighbour = mayImport[station].some((each) => each === target)
        return allowed || neighbour ? [] : [`${file.path} imports ${name}`]
      }),
    )
    expect(crossings).toEqual([])
  })

  test('a border is crossed with #, so that every crossing shows', () => {
    const hidden = all.flatMap((file) =>
      file.imports
        .filter(
          (name) => name.startsWith('..') && stationOf(file, name) !== file.path.split('/')[0],
        )
        .map((name) => `${file.path} imports ${name}`),
    )
    expect(hidden).toEqual([])
  })

  test('schemas run in a browser: nothing of Node is imported', () => {
    const node = (sources.get('schemas') ?? []).filter(({ imports }) =>
      imports.some((name) => name.startsWith('node:')),
    )
    expect(node.map(({ path }) => path)).toEqual([])
  })

  test('kafkajs and the ClickHouse client are spoken in one place each', () => {
    const others = filesThatImport('kafkajs').filter(
      (path) => !path.startsWith('infra/kafka/adapter/'),
    )
    expect(others).toEqual([])
    expect(filesThatImport('@clickhouse/client')).toEqual(['infra/clickhouse/clickhouse-store.ts'])
  })
})

describe('global things are touched in one place', () => {
  test('the environment is read by the configuration alone', () => {
    const others = filesThatSay(/process\.env/).filter((path) => !path.startsWith('infra/setup/'))
    expect(others).toEqual(['infra/runtime/config.ts'])
  })

  test('the clock is read and timers are set by the clock alone', () => {
    const clocks = filesThatSay(/Date\.now\(|\bset(Timeout|Interval)\(|new Date\(\)/)
    expect(clocks.filter((path) => !path.startsWith('infra/setup/'))).toEqual([
      'infra/runtime/clock.ts',
    ])
  })

  test('every file says in its first line where it stands', () => {
    const silent = all.filter(({ text }) => !/^(#!.*\n)?(\/\/|\/\*\*) ?\S.{20,}/.test(text))
    expect(silent.map(({ path }) => path)).toEqual([])
  })

  test('a main only composes: 80 lines at most', () => {
    const long = all.filter(
      ({ path, text }) => path.endsWith('/main.ts') && text.split('\n').length > 81,
    )
    expect(long.map(({ path }) => path)).toEqual([])
  })
})

test('every test file that has a place in their order is there', () => {
  const paths = Object.values(longFiles).flatMap((kind) => Object.keys(kind))
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

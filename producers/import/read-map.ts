// Finds and reads the map of an import: a ready one by its name, or a file; every fault of it is told at once.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { messageOf } from '#infra/runtime/errors.ts'
import { importMapSchema } from './import-map.ts'
import type { ImportMap } from './import-map.ts'

const folder = fileURLToPath(new URL('./maps/', import.meta.url))

/** What is wrong with a map: each fault with its path and what is allowed. */
export class MapError extends Error {
  override readonly name = 'MapError'
  constructor(name: string, faults: readonly string[]) {
    super(`The map ${name} has ${faults.length} fault(s):\n${faults.join('\n')}`)
  }
}

/** Names of the maps that come with keepsake. */
export function readyMaps(): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
}

/** A ready map by its name, else the file of that path. @throws MapError */
export function readMap(nameOrPath: string): ImportMap {
  const ready = readyMaps().includes(nameOrPath)
  const path = ready ? join(folder, `${nameOrPath}.json`) : nameOrPath
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const names = readyMaps().join(' ')
    throw new MapError(nameOrPath, [`  it cannot be read (${messageOf(error)}); ready: ${names}`])
  }
  return parseMap(text, nameOrPath)
}

/** @throws MapError with every fault. */
export function parseMap(text: string, name: string): ImportMap {
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (error) {
    throw new MapError(name, [`  it is not JSON (${messageOf(error)})`])
  }
  const { success, data, error } = importMapSchema.safeParse(input)
  if (success) return data
  throw new MapError(
    name,
    error.issues.flatMap((issue) => faultsOf(issue, [])),
  )
}

type Issue = z.core.$ZodIssue

function faultsOf(issue: Issue, before: readonly PropertyKey[]): readonly string[] {
  const path = [...before, ...issue.path]
  const deeper = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined
  if (deeper !== undefined) return deeper.flatMap((each) => faultsOf(each, path))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `  ${placeOf([...path, key])}: is not a word of a map here`)
  }
  return [`  ${placeOf(path)}: ${textOf(issue)}`]
}

function textOf(issue: Issue): string {
  // Where a value is absent, zod says of which type undefined should have been.
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return `is required (${issue.expected})`
  }
  return issue.code === 'invalid_value' && issue.values.length > 1
    ? `must be one of ${issue.values.map(String).join(' ')}`
    : issue.message
}

/** The branch of a union that the author meant: one that fits as an object, with faults inside. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  return branches.find((issues) => {
    const whole = issues.some(({ path, code }) => path.length === 0 && isOfWhole(code))
    return issues.length > 0 && !whole
  })
}

function isOfWhole(code: Issue['code']): boolean {
  return code !== 'unrecognized_keys' && code !== 'custom'
}

function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(the map)'
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index ? '.' : ''}${String(key)}`,
    )
    .join('')
}

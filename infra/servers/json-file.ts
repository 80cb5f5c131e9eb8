// Small files of state: read with a check of their shape, and written whole or not at all.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { z } from 'zod'

/** The content of a JSON file; null where it is absent, cut off or of another shape. */
export function readJsonFile<T>(path: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null
  } catch {
    return null
  }
}

/** Replaces a file in one step, readable by its owner only. */
export function writeFileWhole(path: string, content: string): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, content, { mode: 0o600 })
  renameSync(draft, path)
}

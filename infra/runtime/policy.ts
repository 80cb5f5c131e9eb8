// Reads the privacy policy from its file; one that says less noise than it promises is no policy.
import { readFileSync } from 'node:fs'
import { policySchema } from '#schemas/policy.ts'
import type { Policy } from '#schemas/policy.ts'
import { ConfigError } from './config.ts'
import { messageOf } from './errors.ts'

/**
 * The policy in `path`, which is that of POLICY_FILE.
 * @throws ConfigError naming every fault by its place in the file, with what is allowed.
 */
export function readPolicy(path: string): Policy {
  const parsed = policySchema.safeParse(jsonIn(path))
  if (parsed.success) return parsed.data
  throw new ConfigError(
    parsed.error.issues.map(({ path: place, message }) => {
      const where = place.length === 0 ? path : `${path}, ${place.join('.')}`
      return `  POLICY_FILE: ${where}: ${message}`
    }),
  )
}

/** What is wrong with it, a line each; none: it is sound. */
export function policyFaults(path: string): readonly string[] {
  try {
    readPolicy(path)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.trim())
    throw error
  }
}

function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const says = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'
    throw new ConfigError([`  POLICY_FILE: ${path} ${says} (${messageOf(error)})`])
  }
}

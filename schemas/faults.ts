// What is wrong with an object that came from outside: a stable code, the field at fault, and a sentence; never the value.
import type { z } from 'zod'
import { isId } from './ids.ts'
import { isEventProblem } from './problems.ts'
import type { EventProblem } from './problems.ts'

export interface Fault {
  readonly code: EventProblem
  /** Empty: the whole object. */
  readonly field: string
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** Longest echo of a field's name: a stranger's key may be of any length. */
const ECHOED_FIELD_MAX = 64
/** Allowed values are listed as far as a line goes; there are 250 regions. */
const LISTED_VALUES_MAX = 20

/**
 * The first fault of an object, from the issues of a parse with `reportInput: true`; faults of known
 * fields come before unknown ones.
 */
export function faultOf(issues: readonly Issue[]): Fault {
  const issue = issues.find((each) => each.code !== 'unrecognized_keys') ?? issues[0]
  if (issue === undefined) return { code: 'wrong_type', field: '', message: 'is not valid' }
  if (issue.code === 'unrecognized_keys') {
    const field = (issue.keys[0] ?? '').slice(0, ECHOED_FIELD_MAX)
    return { code: 'unknown_field', field, message: 'is not a field here' }
  }
  const field = String(issue.path[0] ?? '')
  if (field === '') return { code: 'wrong_type', field, message: 'must be an object' }
  const code = codeOf(issue)
  return { code, field, message: messageOf(issue, code) }
}

/** The value at fault; of an unknown `type` zod gives the whole object. */
function valueOf(issue: Issue): unknown {
  const { input } = issue
  if (issue.code !== 'invalid_union') return input
  return typeof input === 'object' && input !== null && 'type' in input ? input.type : undefined
}

function codeOf(issue: Issue): EventProblem {
  const value = valueOf(issue)
  if (value === undefined) return 'missing_field'
  switch (issue.code) {
    case 'too_small':
    case 'too_big':
      return 'out_of_range'
    case 'invalid_value':
    case 'invalid_union':
      return typeof value === 'string' ? 'not_allowed' : 'wrong_type'
    case 'custom':
      return statedCode(issue.params) ?? codeOfText(value)
    default:
      return 'wrong_type'
  }
}

/** The code that a schema states with its own check, as `params: { code }`. */
function statedCode(params: Readonly<Record<string, unknown>> | undefined): EventProblem | null {
  const code = params?.['code']
  return typeof code === 'string' && isEventProblem(code) ? code : null
}

/** Of the id fields: digits that are no id are a number out of bounds. */
function codeOfText(value: unknown): EventProblem {
  const outOfBounds = typeof value === 'string' && /^\d+$/.test(value) && !isId(value)
  return outOfBounds ? 'out_of_range' : 'wrong_type'
}

function messageOf(issue: Issue, code: EventProblem): string {
  if (code === 'missing_field') return 'is required'
  if (issue.code === 'invalid_union') return 'is not one of the types'
  if (issue.code !== 'invalid_value') return issue.message
  if (issue.values.length > LISTED_VALUES_MAX) return 'is not one of the allowed values'
  return `must be one of ${issue.values.map(String).join(' ')}`
}

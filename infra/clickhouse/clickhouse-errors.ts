// Turns what ClickHouse answers into our own errors, judged by its numeric code and never by text.
import { PipelineError } from '../runtime/errors.ts'
import type { PipelineErrorCode } from '../runtime/errors.ts'

/** The server is short of something that time or merges give back. */
const OVERLOADED = new Set([
  '159', // TIMEOUT_EXCEEDED
  '160', // TOO_SLOW
  '202', // TOO_MANY_SIMULTANEOUS_QUERIES
  '209', // SOCKET_TIMEOUT
  '210', // NETWORK_ERROR
  '241', // MEMORY_LIMIT_EXCEEDED
  '242', // TABLE_IS_READ_ONLY
  '243', // NOT_ENOUGH_SPACE
  '252', // TOO_MANY_PARTS
  '319', // UNKNOWN_STATUS_OF_INSERT
  '394', // QUERY_WAS_CANCELLED
  '425', // SYSTEM_ERROR
  '439', // CANNOT_SCHEDULE_TASK
  '745', // SERVER_OVERLOADED
])

/** FUNCTION_THROW_IF_VALUE_IS_NON_ZERO: a statement asked whether it may still write, and may not. */
const FENCED = '395'

/** Rows of the body are at fault: halving it finds them. */
const REFUSED_ROWS = new Set([
  '6', // CANNOT_PARSE_TEXT
  '27', // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  '32', // ATTEMPT_TO_READ_AFTER_EOF
  '33', // CANNOT_READ_ALL_DATA
  '69', // ARGUMENT_OUT_OF_BOUND
  '70', // CANNOT_CONVERT_TYPE
  '72', // CANNOT_PARSE_NUMBER
  '117', // INCORRECT_DATA
  '321', // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  '691', // UNKNOWN_ELEMENT_OF_ENUM
])

/** Runs a request and turns what fails into a PipelineError. */
export async function reachStore<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (error instanceof PipelineError) throw error
    const code = codeOf(error)
    // The server's own text can repeat values of a statement or a row, and would reach a log as the
    // cause: its code and type say enough, and the server's log has the rest.
    throw new PipelineError(kindOf(error, code), `ClickHouse failed with ${code}${typeOf(error)}`)
  }
}

function kindOf(error: unknown, code: string): PipelineErrorCode {
  if (OVERLOADED.has(code)) return 'store_overloaded'
  if (code === FENCED) return 'fenced'
  if (REFUSED_ROWS.has(code)) return 'store_refused_rows'
  // The server's own codes are numbers; everything else failed on the way to it.
  if (/^\d+$/.test(code)) return 'store_refused'
  return error instanceof Error && error.name === 'ZodError' ? 'store_refused' : 'store_unreachable'
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && (typeof error.code === 'string' || typeof error.code === 'number')) {
    return String(error.code)
  }
  return error.name
}

/** The server's name of an error, as ` (UNKNOWN_TABLE)`. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error) || !('type' in error)) return ''
  return typeof error.type === 'string' ? ` (${error.type})` : ''
}

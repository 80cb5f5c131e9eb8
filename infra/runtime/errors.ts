// The one kind of error for a world that failed, so that who catches it decides by code and never by text.

/** Every code, with whether the same act may succeed when tried again. */
const codes = {
  log_unreachable: true,
  log_refused: false,
  store_unreachable: true,
  store_overloaded: true,
  store_refused_rows: false,
  store_refused: false,
  stale_assignment: false,
  fenced: false,
  setup_failed: false,
} as const

export type PipelineErrorCode = keyof typeof codes

/** A failure outside our code. `retryable` says whether a repeat may help; the cause is for logs. */
export class PipelineError extends Error {
  override readonly name = 'PipelineError'
  readonly code: PipelineErrorCode
  readonly retryable: boolean

  constructor(code: PipelineErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
    this.retryable = codes[code]
  }
}

/** Whether `error` is a failure that a repeat may mend. */
export function isRetryable(error: unknown): boolean {
  return error instanceof PipelineError && error.retryable
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

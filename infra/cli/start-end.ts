// When a start has to end: a signal, the loss of npm that ran it, or of the terminal; a second Ctrl-C ends it at once.
import type { Clock } from '../runtime/clock.ts'

export interface TheEnd extends Disposable {
  /** Aborts when the end has come. */
  readonly signal: AbortSignal
  readonly reached: Promise<undefined>
}

/** npm passes on the signal that the terminal has already sent us: one key press, two signals. */
const SAME_KEY_MS = 500
const PARENT_POLL_MS = 1000
const EXIT_INTERRUPTED = 130

export function watchForTheEnd(
  isRunByNpm: boolean,
  { clock, atOnce }: { readonly clock: Clock; readonly atOnce: () => void },
): TheEnd {
  const controller = new AbortController()
  const reached = Promise.withResolvers<undefined>()
  let askedAtMs: number | null = null
  const end = (): void => {
    askedAtMs ??= clock.nowMs()
    controller.abort()
    reached.resolve(undefined)
  }
  process.on('SIGTERM', end)
  process.on('SIGHUP', end)
  process.on('SIGINT', () => {
    if (askedAtMs !== null && clock.nowMs() - askedAtMs > SAME_KEY_MS) {
      atOnce()
      process.exit(EXIT_INTERRUPTED)
    }
    end()
  })
  // The terminal or the pipe behind us is gone: nobody sees what we say.
  process.stdout.on('error', end)
  process.stderr.on('error', end)

  // A process whose parent was killed gets another parent; nothing else tells.
  const parent = process.ppid
  let timer: Disposable | undefined
  const look = (): void => {
    if (process.ppid === parent) timer = clock.after(PARENT_POLL_MS, look)
    else end()
  }
  if (isRunByNpm) look()
  return {
    signal: controller.signal,
    reached: reached.promise,
    [Symbol.dispose]: () => timer?.[Symbol.dispose](),
  }
}

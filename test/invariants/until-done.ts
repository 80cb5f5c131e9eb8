// Repeats what must be done at last, as a careful client does while servers and processes are killed.
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_MS = 200
const DONE_LIMIT_MS = 120_000

/** @throws Error when it is not done within minutes, whatever was killed meanwhile. */
export async function untilDone(what: string, act: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + DONE_LIMIT_MS
  while (!(await act())) {
    if (Date.now() > deadline) throw new Error(`${what}: not done after ${DONE_LIMIT_MS} ms`)
    await sleep(RETRY_MS)
  }
}

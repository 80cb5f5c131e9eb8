// Keeps the platform awake: a view every second, so that the sealer's passes follow one another.
import { setTimeout as sleep } from 'node:timers/promises'
import { createEventMaker } from './events.ts'
import { post } from './outside.ts'

const EVERY_MS = 1000

/** Views of a video that the catalogue does not know: they count nowhere. */
export function openPulse(creator: string): AsyncDisposable {
  const { make } = createEventMaker(Number(creator))
  const over = new AbortController()
  const beat = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const place = { user: 1, video: `${creator}99`, creator, atMs: Date.now() }
      // Where processes are being killed, the next beat comes through.
      await post([make('view', place)]).catch(() => undefined)
      await sleep(EVERY_MS)
    }
  }
  const beating = beat()
  return {
    async [Symbol.asyncDispose]() {
      over.abort()
      await beating
    },
  }
}

// Holds the guarded seals of a time while its history is on its way: opens an import, keeps it alive, ends it.
import { z } from 'zod'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import { messageOf } from '#infra/runtime/errors.ts'

export interface HeldTime {
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

export interface ImportHold extends AsyncDisposable {
  readonly importId: string
  /** Aborts when the hold is over before its time: what is sent after that may come too late. */
  readonly lost: AbortSignal
}

const openedSchema = z.object({ import_id: z.string(), heartbeat_every_s: z.number() })

/**
 * Opens a hold over `time` for all videos; disposing ends it.
 * @throws Error when the collector refuses.
 */
export async function openImportHold(
  client: ApiClient,
  time: HeldTime,
  clock: Clock,
): Promise<ImportHold> {
  const from = new Date(time.fromMs).toISOString()
  const to = new Date(time.toMs).toISOString()
  const body = JSON.stringify({ from, to })
  const { status, text } = await client.send({ method: 'POST', path: '/v1/imports', body })
  if (status !== 201) throw new Error(`the collector opened no import (${status}): ${text}`)
  const { import_id: importId, heartbeat_every_s } = openedSchema.parse(JSON.parse(text))
  const path = `/v1/imports/${importId}`
  const lost = new AbortController()
  let timer: Disposable | undefined
  let beating: Promise<void> = Promise.resolve()

  async function beat(): Promise<void> {
    try {
      const answer = await client.send({ method: 'POST', path: `${path}/heartbeat` })
      if (answer.status !== 200) lost.abort(new Error('the import hold is over: begin again'))
    } catch (error) {
      lost.abort(new Error(`the import hold cannot be kept: ${messageOf(error)}`))
    }
    if (!lost.signal.aborted) later()
  }
  function later(): void {
    timer = clock.after(heartbeat_every_s * 1000, () => {
      beating = beat()
    })
  }
  later()
  return {
    importId,
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      timer?.[Symbol.dispose]()
      await beating
      timer?.[Symbol.dispose]()
      // A collector that is away lets the hold expire by itself.
      await client.send({ method: 'DELETE', path }).catch(() => undefined)
    },
  }
}

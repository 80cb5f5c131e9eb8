// Sends the simulated platform to the collector: its catalogue, its last hours, and then every slot as it passes.
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Clock } from '#infra/runtime/clock.ts'
import type { Logger } from '#infra/runtime/log.ts'
import { timeZoneOf } from './platform.ts'
import type { SimulatedPlatform } from './platform.ts'
import { eventsOfSlot, TRAFFIC_SLOT_MS } from './traffic.ts'
import type { WireEvent } from './traffic.ts'

export interface EmitOptions {
  readonly client: ApiClient
  readonly clock: Clock
  readonly log: Logger
  readonly stop: AbortSignal
  readonly platform: SimulatedPlatform
  readonly seed: string
  /** Called once the history has been sent. */
  readonly onCaughtUp: () => void
}

const HISTORY_MS = 6 * 3600_000
/** Slots of one request of history: about 3,000 events. */
const HISTORY_SLOTS = 300

/** Runs until `stop`. @throws when the collector refuses what is sent. */
export async function emitTraffic(options: EmitOptions): Promise<void> {
  const { clock, stop, platform, seed, onCaughtUp, log } = options
  await sendCatalogue(options)
  let next = slotOf(clock.nowMs() - HISTORY_MS)
  while (!stop.aborted) {
    // A slot is sent when it is over, so that no event lies ahead of its arrival.
    const until = slotOf(clock.nowMs())
    if (next >= until) {
      await clock.sleep(next + TRAFFIC_SLOT_MS - clock.nowMs(), stop)
      continue
    }
    const events: WireEvent[] = []
    for (let count = 0; count < HISTORY_SLOTS && next < until; count++, next += TRAFFIC_SLOT_MS) {
      events.push(...eventsOfSlot(platform, seed, next))
    }
    await send(options, 'POST', '/v1/events', { events })
    if (next >= slotOf(clock.nowMs())) onCaughtUp()
    log.debug({ events: events.length }, 'sent')
  }
}

async function sendCatalogue(options: EmitOptions): Promise<void> {
  const { platform } = options
  for (const [index, { creatorId, handle }] of platform.creators.entries()) {
    const body = { handle, time_zone: timeZoneOf(index) }
    await send(options, 'PUT', `/v1/creators/${creatorId}`, body)
  }
  for (const { videoId, creatorId, title, durationMs, publishedAt } of platform.videos) {
    await send(options, 'PUT', `/v1/videos/${videoId}`, {
      creator_id: creatorId,
      published_at: publishedAt,
      duration_ms: durationMs,
      title,
      visibility: 'public',
      kind: 'original',
    })
  }
}

async function send(
  { client }: EmitOptions,
  method: 'PUT' | 'POST',
  path: string,
  body: unknown,
): Promise<void> {
  const { status, text } = await client.send({ method, path, body: JSON.stringify(body) })
  if (status >= 400) {
    throw new Error(`the collector answered ${status}: ${text.slice(0, 500)}`)
  }
}

function slotOf(atMs: number): number {
  return Math.floor(atMs / TRAFFIC_SLOT_MS) * TRAFFIC_SLOT_MS
}

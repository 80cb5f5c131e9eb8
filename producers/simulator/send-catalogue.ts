// Tells the collector who is on the simulated platform: its creators and videos, and what becomes of two of them.
import type { ApiClient } from '#infra/runtime/api-client.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import type { SimulatedPlatform, SimulatedVideo } from './platform.ts'

/** @throws Error when the collector refuses something. */
export async function sendCatalogue(
  client: ApiClient,
  { creators, videos }: SimulatedPlatform,
): Promise<void> {
  for (const { creatorId, handle, region } of creators) {
    const body = { handle, time_zone: region.timeZone }
    await send(client, 'PUT', `/v1/creators/${creatorId}`, JSON.stringify(body))
  }
  const lines = videos.map((video) =>
    JSON.stringify({ video_id: video.videoId, ...bodyOf(video, videos) }),
  )
  for (let from = 0; from < lines.length; from += eventLimits.batchEventsMax) {
    const some = lines.slice(from, from + eventLimits.batchEventsMax)
    const body = some.join('\n')
    const answer = await send(client, 'POST', '/v1/videos', body, 'application/x-ndjson')
    if (!answer.includes(`"accepted":${some.length}`)) {
      throw new Error(`the collector refused some videos: ${answer.slice(0, 500)}`)
    }
  }
}

/** After the history one video turns private and another is deleted. Repeating it changes nothing. */
export async function endTwoVideos(
  client: ApiClient,
  { videos, madePrivate, deleted }: SimulatedPlatform,
): Promise<void> {
  const hidden = videos[madePrivate]
  const gone = videos[deleted]
  if (hidden !== undefined) {
    const body = JSON.stringify({ ...bodyOf(hidden, videos), visibility: 'private' })
    await send(client, 'PUT', `/v1/videos/${hidden.videoId}`, body)
  }
  if (gone !== undefined) await send(client, 'DELETE', `/v1/videos/${gone.videoId}`)
}

function bodyOf(
  video: SimulatedVideo,
  videos: readonly SimulatedVideo[],
): Readonly<Record<string, unknown>> {
  const original = video.original === null ? undefined : videos[video.original]
  return {
    creator_id: video.creator.creatorId,
    published_at: new Date(video.publishedAtMs).toISOString(),
    duration_ms: video.durationMs,
    title: video.title,
    visibility: video.visibility,
    kind: video.kind,
    ...(original === undefined ? {} : { original_video_id: original.videoId }),
  }
}

async function send(
  client: ApiClient,
  method: 'PUT' | 'POST' | 'DELETE',
  ...[path, body, contentType]: readonly [path: string, body?: string, contentType?: string]
): Promise<string> {
  const { status, text } = await client.send({
    method,
    path,
    ...(body === undefined ? {} : { body }),
    ...(contentType === undefined ? {} : { contentType }),
  })
  if (status >= 400) throw new Error(`the collector answered ${status}: ${text.slice(0, 500)}`)
  return text
}

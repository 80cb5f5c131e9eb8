// Brings a past into the platform as an import does: a hold first, so that acts fall into the leaves of their time.
import { call, collector, post, putVideos, tokens } from './outside.ts'
import type { CataloguedVideo, Json } from './outside.ts'

/** Opens a hold of what these creators' videos count. @returns what ends it. */
export async function holdCreators(creatorIds: readonly string[]): Promise<() => Promise<void>> {
  const token = await tokens.service('events:backfill')
  const body = { from: '1970-01-02T00:00:00Z', to: '2100-01-01T00:00:00Z', creators: creatorIds }
  const opened = await call('POST', collector('/v1/imports'), { token, body })
  if (opened.status !== 201) throw new Error(`POST imports: ${opened.status} ${opened.text}`)
  return async () => {
    const path = `/v1/imports/${String(opened.body['import_id'])}`
    const ended = await call('DELETE', collector(path), { token })
    if (ended.status !== 204) throw new Error(`DELETE imports: ${ended.status} ${ended.text}`)
  }
}

export async function putCreator(creatorId: string, timeZone: string): Promise<void> {
  const answer = await call('PUT', collector(`/v1/creators/${creatorId}`), {
    token: await tokens.service('videos:write'),
    body: { handle: `creator.${creatorId}`, time_zone: timeZone },
  })
  if (answer.status >= 300) throw new Error(`PUT creator: ${answer.status} ${answer.text}`)
}

/** Puts videos and their past in, whose leaves end when all of it is there. */
export async function importPast(
  videos: readonly CataloguedVideo[],
  events: readonly Json[],
): Promise<void> {
  const creators = [...new Set(videos.map(({ creatorId }) => creatorId))]
  const end = await holdCreators(creators)
  await putVideos(videos)
  await post(events, 2000, 'events:backfill')
  await end()
}

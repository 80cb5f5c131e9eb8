// Tells the catalogue of videos over the collector's HTTP, and counts what it has otherwise.
import { z } from 'zod'
import type { ApiClient } from '#infra/runtime/api-client.ts'
import type { Tally } from './tally.ts'
import type { VideoLine } from './video-plan.ts'

/** Lines of one request: well below what the collector takes in number and in bytes. */
const REQUEST_VIDEOS = 2000

const answerSchema = z.object({
  accepted: z.number(),
  rejected: z.array(z.object({ code: z.string() })),
})

/** Resolves once the log has them. @throws Error when the collector takes no request of this kind. */
export async function tellVideos(
  client: ApiClient,
  lines: readonly VideoLine[],
  counts: Tally['videos'],
): Promise<void> {
  for (let from = 0; from < lines.length; from += REQUEST_VIDEOS) {
    const some = lines.slice(from, from + REQUEST_VIDEOS)
    const { status, text } = await client.send({
      method: 'POST',
      path: '/v1/videos',
      body: some.map((line) => JSON.stringify(line)).join('\n'),
      contentType: 'application/x-ndjson',
    })
    if (status !== 202 && status !== 422) {
      throw new Error(`the collector took no videos (${status}): ${text.slice(0, 500)}`)
    }
    const { accepted, rejected } = answerSchema.parse(JSON.parse(text))
    const conflicts = rejected.filter(({ code }) => code === 'conflict').length
    counts.told += accepted
    counts.conflicts += conflicts
    counts.refused += rejected.length - conflicts
  }
}

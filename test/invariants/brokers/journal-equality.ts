// Holds what is published, and every save list, against the journal of what clients were told is taken.
import { z } from 'zod'
import { utcDay } from '../../support/events.ts'
import { call, eventually } from '../../support/client.ts'
import type { OwnPlatform } from '../../support/own-platform.ts'
import { metricNames, tally } from '../../support/tally.ts'
import type { Journal } from '../../support/careful-client.ts'

const PUBLISHED_LIMIT_MS = 60_000
const rowsSchema = z.array(z.array(z.union([z.string(), z.number(), z.null()])))
const listSchema = z.array(z.object({ video_id: z.string() }))

/** Every metric of every video equals a tally of the journal, and every list the newest acts. */
export async function expectEqual(
  { platform, token }: OwnPlatform,
  journal: Journal,
  videos: readonly number[],
): Promise<void> {
  const byVideo = Map.groupBy(journal.acts, ({ video }) => video)
  const expected = videos
    .map((video) => [String(video), ...Object.values(tally(byVideo.get(video) ?? []))])
    .toSorted(byFirst)
  const query = new URLSearchParams({
    metrics: metricNames.join(),
    dimensions: 'video',
    filters: `video==${videos.join()}`,
    start_date: utcDay(Date.now() - 86_400_000),
    end_date: utcDay(Date.now()),
  })
  const analyst = await token('analyst', ['reports:all'])
  const report = async () => {
    const url = `${platform.reportsUrl}/v1/reports?${query.toString()}`
    const { body, status, text } = await call('GET', url, { token: analyst })
    if (status !== 200) return { seen: text }
    const rows = rowsSchema.parse(body['rows']).toSorted(byFirst)
    const differing = rows.filter((row, at) => JSON.stringify(row) !== JSON.stringify(expected[at]))
    return rows.length === expected.length && differing.length === 0
      ? { found: true }
      : { seen: { rows: rows.length, differing: differing.slice(0, 2), expected } }
  }
  await eventually('published numbers equal to the journal', report, PUBLISHED_LIMIT_MS)
  for (const [user, wanted] of journal.saved) {
    const viewer = await token(String(user), ['saves:self'])
    await eventually(`the list of ${user}`, async () => {
      const url = `${platform.savesUrl}/v1/me/saves?limit=200`
      const { body } = await call('GET', url, { token: viewer })
      const list = listSchema.parse(body['saves']).map(({ video_id }) => Number(video_id))
      const [seen, due] = [list, [...wanted]].map((ids) => ids.toSorted((a, b) => a - b).join())
      return seen === due ? { found: true } : { seen: { seen, due } }
    })
  }
}

function byFirst([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a).localeCompare(String(b))
}

// People who saved in the time of what is being sealed, and of whom nobody knew when it was decided.
import type { TrialCreator } from './journal.ts'
import { untilTrue } from './scene.ts'
import type { Scene } from './scene.ts'

const SOON_MS = 20_000

/** Resolves once they are stored. */
export async function saveLate(scene: Scene, { videos, publishedMs }: TrialCreator): Promise<void> {
  const { view, eventOf, post, platform } = scene
  const saves = videos.flatMap((video) =>
    Array.from({ length: 5 }, (_, index) => {
      const atMs = publishedMs + 7_200_000 + index
      return view(atMs, { type: 'save', video, watched: 0, duration: 0 })
    }),
  )
  await post(saves.map((save) => eventOf(save)))
  const [first] = saves
  if (first === undefined) return
  await untilTrue('the late people', SOON_MS, async () => {
    const rows = await platform.vault.rows(
      `select count() from vault.facts final where video_id in (${videos.join(', ')})
         and type = 'save' and occurred_at >= fromUnixTimestamp64Milli(${first.atMs})
         and occurred_at < fromUnixTimestamp64Milli(${first.atMs + 5})`,
    )
    return Number(rows[0]?.[0]) >= saves.length
  })
}

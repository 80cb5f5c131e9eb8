// A short play for each known mistake in the seals of guarded leaves, each on a past that is imported for it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { TrialCreator } from './journal.ts'
import type { Play } from './play.ts'
import { untilTrue } from './scene.ts'
import type { Scene } from './scene.ts'

const SOON_MS = 20_000
/** Enough for a sealer that goes on to do what it had begun. */
const SETTLES_MS = 2500

async function importPast({ pasts, sealed }: Scene): Promise<void> {
  await sealed(await pasts.bring())
}

/** Kills the sealer at a point of the seal of a past, and lets the next one go on. */
async function killAt(scene: Scene, point: string): Promise<void> {
  const struck = scene.strike('sealer', point, 'SIGKILL')
  const creator = await scene.pasts.bring()
  await struck
  await scene.sealed(creator)
}

/** People who saved in the time of leaves that are decided, and of whom nobody knew by then. */
async function saveLate(scene: Scene, { videos, publishedMs }: TrialCreator): Promise<void> {
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

const plays: readonly Play[] = [
  { mutation: 'sealed people are not marked', processes: ['sealer'], play: importPast },
  {
    mutation: 'sealed people are marked by time',
    processes: ['sealer'],
    async play(scene) {
      const stopped = scene.strike('sealer', 'decided', 'SIGSTOP')
      const creator = await scene.pasts.bring()
      const { pid } = await stopped
      await saveLate(scene, creator)
      process.kill(pid, 'SIGCONT')
      await scene.sealed(creator)
    },
  },
  {
    mutation: 'published before it is decided',
    processes: ['sealer'],
    play: (scene) => killAt(scene, 'leaves-published'),
  },
  {
    mutation: 'decisions committed before they are applied',
    processes: ['sealer'],
    play: (scene) => killAt(scene, 'ends-stored'),
  },
  {
    mutation: 'seal without FINAL',
    processes: ['sealer'],
    async play(scene) {
      const { pasts, sealed, platform } = scene
      await platform.vault.rows('system stop merges vault.people')
      const creator = await pasts.bring()
      const leaves = await sealed(creator)
      await pasts.bringMore(creator)
      // One that begins anew looks at the whole of an open leaf.
      const pid = platform.pidOf('sealer')
      if (pid !== null) process.kill(pid, 'SIGKILL')
      await sealed(creator, leaves)
    },
  },
  { mutation: 'noise drawn anew', processes: ['sealer'], play: importPast },
  {
    mutation: 'second sealer decides',
    processes: ['sealer'],
    async play(scene) {
      scene.platform.startSpares(['sealer'])
      const stopped = scene.strike('sealer', 'held-fast', 'SIGSTOP')
      const creator = await scene.pasts.bring()
      const { pid } = await stopped
      // By the next one, which knows nothing of a decision.
      await scene.sealed(creator)
      process.kill(pid, 'SIGCONT')
      await sleep(SETTLES_MS)
    },
  },
]

export const leafPlays = plays.map((play): Play => ({ ...play, isOfLeaves: true }))

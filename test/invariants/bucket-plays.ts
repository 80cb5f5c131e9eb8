// A short play for each known mistake in the seals of breakdowns, each on a past that is imported for it.
import { saveLate } from './late-saves.ts'
import type { Play } from './play.ts'

const plays: readonly Play[] = [
  {
    mutation: 'people of buckets are not marked',
    processes: ['sealer'],
    async play({ pasts, bucketed }) {
      await bucketed(await pasts.bring())
    },
  },
  {
    mutation: 'people of buckets are marked by time',
    processes: ['sealer'],
    async play(scene) {
      const stopped = scene.strike('sealer', 'buckets-decided', 'SIGSTOP')
      const creator = await scene.pasts.bring()
      const { pid } = await stopped
      await saveLate(scene, creator)
      process.kill(pid, 'SIGCONT')
      await scene.bucketed(creator)
    },
  },
]

export const bucketPlays = plays.map((play): Play => ({ ...play, isOfSeals: true }))

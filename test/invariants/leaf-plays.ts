// A short play for each known mistake in the seals of guarded leaves, each on a past that is imported for it.
import { setTimeout as sleep } from 'node:timers/promises'
import { saveLate } from './late-saves.ts'
import type { Play } from './play.ts'
import type { Scene } from './scene.ts'

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

export const leafPlays = plays.map((play): Play => ({ ...play, isOfSeals: true }))

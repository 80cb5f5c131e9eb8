// A short play for each known mistake: harmless to a pipeline that is right, and fatal to one that has it.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../support/client.ts'
import { bucketPlays } from './bucket-plays.ts'
import { leafPlays } from './leaf-plays.ts'
import { TTL_MUTATION } from './mutations.ts'
import type { Play } from './play.ts'
import { untilTrue } from './scene.ts'
import type { Scene } from './scene.ts'

const SOON_MS = 20_000

async function lateViews({ view, eventOf, post, lateMs }: Scene): Promise<void> {
  await post([0, 1, 2].map((index) => eventOf(view(lateMs + index * 1000))))
}

/** Facts of a video by id, as the vault has them just now. */
function isStored({ platform }: Scene, event: Json, video: number): () => Promise<boolean> {
  const id = String(event['event_id']).replaceAll('-', '')
  return async () => {
    const rows = await platform.vault.rows(
      `select video_id from vault.facts final where event_id = unhex('${id}')`,
    )
    return rows[0]?.[0] === String(video)
  }
}

export const plays: readonly Play[] = [
  {
    mutation: 'commit before insert',
    processes: ['facts'],
    async play({ view, eventOf, post, strike, lateMs }) {
      const struck = strike('facts', 'half-body', 'SIGKILL')
      await sleep(100)
      await post([eventOf(view(lateMs))])
      await struck
    },
  },
  {
    mutation: 'touched after commit',
    processes: ['facts'],
    async play(scene) {
      const struck = scene.strike('facts', 'committed', 'SIGKILL')
      await sleep(100)
      await lateViews(scene)
      await struck
    },
  },
  {
    mutation: 'version by arrival',
    processes: ['saves'],
    async play(scene) {
      const { view, eventOf, post, journal, platform } = scene
      const nowMs = Date.now()
      const unsave = view(nowMs - 1000, { type: 'unsave', watched: 0, duration: 0 })
      await post([eventOf(unsave)])
      await untilTrue('the unsave in the list', SOON_MS, async () => {
        const rows = await platform.vault.rows(
          `select 1 from vault.saves final where user_id = ${unsave.user} and video_id = ${unsave.video}`,
        )
        return rows.length > 0
      })
      // Done before, told after.
      const save = { ...unsave, type: 'save', atMs: nowMs - 9000 }
      await post([eventOf(save)])
      await untilTrue('the save among the facts', SOON_MS, async () => {
        const rows = await platform.vault.rows(
          `select count() from vault.facts final where video_id = ${save.video} and type = 'save'`,
        )
        return rows[0]?.[0] === '1' && journal.saves.size > 0
      })
    },
  },
  {
    mutation: 'count without FINAL',
    processes: ['sealer'],
    async play(scene) {
      const { view, eventOf, post, platform, lateMs } = scene
      await platform.vault.rows('system stop merges vault.facts')
      const events = [0, 1, 2].map((index) => eventOf(view(lateMs + index * 1000)))
      await post(events)
      const [first] = events
      if (first !== undefined) {
        await untilTrue('the facts', SOON_MS, isStored(scene, first, scene.videos[0]))
      }
      // Another block, and so another part.
      await post(events)
      await sleep(2500)
    },
  },
  { mutation: 'no recount of late slots', processes: ['sealer'], play: lateViews },
  {
    mutation: 'margin instead of touched',
    processes: ['sealer'],
    async play(scene) {
      const pid = scene.platform.pidOf('sealer')
      if (pid === null) throw new Error('there is no sealer')
      // Shorter than its group waits for it, longer than the margin.
      process.kill(pid, 'SIGSTOP')
      await lateViews(scene)
      await sleep(7500)
      process.kill(pid, 'SIGCONT')
    },
  },
  { mutation: 'second sealer without a fence', processes: ['sealer'], play: playZombie },
  {
    mutation: TTL_MUTATION,
    processes: [],
    async play(scene) {
      await lateViews(scene)
      await sleep(2500)
      // What merges would do at some time.
      await scene.platform.vault.rows('optimize table vault.facts final')
    },
  },
  ...leafPlays,
  ...bucketPlays,
]

/**
 * A sealer is stopped between counting and publishing. Meanwhile the count turns into another one,
 * by a second payload that wins under the same id, and its successor finds what had been published
 * before to be right, so that it has nothing to publish. Then the first one goes on.
 */
async function playZombie(scene: Scene): Promise<void> {
  const { view, eventOf, post, platform, lateMs, strike } = scene
  platform.startSpares(['sealer'])
  const [a, b] = scene.videos
  const probe = view(lateMs, { video: a })
  const probes = [eventOf(probe), eventOf({ ...probe, video: b })] as const
  await post(probes)
  await untilTrue('the probes in numbers', SOON_MS, async () => {
    const rows = await platform.rollups.rows(
      `select count() from rollups.video_quarters where video_id in (${a}, ${b}) and views > 0`,
    )
    return rows[0]?.[0] === '2'
  })
  // Which of two payloads wins does not depend on the id: the probes tell.
  const [winner] = await platform.vault.rows(
    `select video_id from vault.facts final where video_id in (${a}, ${b}) and slot <= toDateTime(${Math.floor(lateMs / 1000)})
     order by payload_hash desc limit 1`,
  )
  const [loses, wins] = winner?.[0] === String(a) ? [b, a] : [a, b]
  const stopped = strike('sealer', 'counted', 'SIGSTOP')
  await sleep(100)
  const first = eventOf({ ...probe, video: loses })
  await post([first])
  const { pid } = await stopped
  await post([eventOf({ ...probe, video: wins }, first)])
  await untilTrue('the other payload', SOON_MS, isStored(scene, first, wins))
  await untilTrue('a count by the next sealer', 40_000, async () => {
    const rows = await platform.rollups.rows(
      `select argMax(views, generation) from rollups.video_quarters where video_id = ${wins}
       and generation <= (select max(generation) from rollups.generations)`,
    )
    return rows[0]?.[0] === '2'
  })
  process.kill(pid, 'SIGCONT')
  await sleep(2500)
}

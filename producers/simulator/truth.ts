// Counts what simulated people did, by definitions written out once more: what the pipeline publishes is held against it.
import type { TrueCount, TrueDayEnd, TrueVideoDay } from '#schemas/truth.ts'
import { trueEventCounts, truePeopleCounts, truePrivateCounts } from '#schemas/truth.ts'
import { dayText } from '#schemas/spans.ts'
import type { SimulatedAct } from './acts.ts'
import type { SimulatedPlatform } from './platform.ts'
import { dayOf } from './scale.ts'

export interface Truth {
  /** Takes an act, once however often it is sent. People need all acts from the first on, day by day. */
  add(act: SimulatedAct): void
  /** The lines of a day, its end last; the day is forgotten. */
  takeDay(dayMs: number): readonly (TrueVideoDay | TrueDayEnd)[]
}

const names = [...trueEventCounts, ...truePeopleCounts, ...truePrivateCounts]
const places = new Map(names.map((name, place) => [name, place]))

/** Keeps a row of counts per video of every day that was not taken; a bit per pair where people count. */
export function createTruth(
  { videos, scale }: SimulatedPlatform,
  { people }: { readonly people: boolean },
): Truth {
  const days = new Map<number, Float64Array>()
  const viewed = new Uint8Array(people ? Math.ceil((scale.viewers * videos.length) / 8) : 0)
  const acted = {
    like: new Set<number>(),
    comment: new Set<number>(),
    remix: new Set<number>(),
    save: new Set<number>(),
    unsave: new Set<number>(),
    share: new Set<number>(),
  }

  function countsOf(atMs: number): Float64Array {
    const dayMs = dayOf(atMs)
    const known = days.get(dayMs)
    if (known !== undefined) return known
    const counts = new Float64Array(videos.length * names.length)
    days.set(dayMs, counts)
    return counts
  }

  /** Whether this is the person's first act of the kind on the video. */
  function isFirst(kind: keyof typeof acted, { actor, video }: SimulatedAct): boolean {
    const pair = actor * videos.length + video
    if (!people || acted[kind].has(pair)) return false
    acted[kind].add(pair)
    return true
  }

  function isFirstView({ actor, video }: SimulatedAct): boolean {
    if (!people) return false
    const pair = actor * videos.length + video
    const before = viewed[pair >>> 3] ?? 0
    const bit = 1 << (pair & 7)
    viewed[pair >>> 3] = before | bit
    return (before & bit) === 0
  }

  return {
    add(act) {
      const { event, atMs, video } = act
      // Creators' acts on their own videos count nowhere.
      if (event.user_id === event.creator_id) return
      const counts = countsOf(atMs)
      const add = (name: TrueCount, amount = 1): void => {
        const place = video * names.length + (places.get(name) ?? 0)
        counts[place] = (counts[place] ?? 0) + amount
      }
      switch (event.type) {
        case 'view': {
          const { watched_ms, duration_ms } = event
          add('views')
          add('watch_time_ms', watched_ms)
          const isKnown = duration_ms > 0
          if (watched_ms >= 3000 || (isKnown && watched_ms >= duration_ms)) add('engaged_views')
          if (isKnown && watched_ms * 100 >= duration_ms * 95) add('completions')
          if (isFirstView(act)) add('viewers')
          break
        }
        case 'like':
          add('likes')
          if (isFirst('like', act)) add('likers')
          break
        case 'comment':
          add('comments')
          add('net_comments')
          if (isFirst('comment', act)) add('commenters')
          break
        case 'uncomment':
          add('net_comments', -1)
          break
        case 'stitch':
        case 'duet':
          add(event.type === 'stitch' ? 'stitches' : 'duets')
          if (isFirst('remix', act)) add('remixers')
          break
        case 'unlike':
          add('unlikes')
          break
        case 'follow':
          add('follows')
          break
        case 'unfollow':
          add('unfollows')
          break
        case 'save':
          if (isFirst('save', act)) add('saves')
          break
        case 'unsave':
          if (isFirst('unsave', act)) add('unsaves')
          break
        case 'share':
          if (isFirst('share', act)) add('shares')
          break
        default:
          event satisfies never
      }
    },
    takeDay(dayMs) {
      const counts = days.get(dayMs)
      days.delete(dayMs)
      const day = dayText(dayMs / 1000)
      const lines: TrueVideoDay[] = []
      for (const [place, { videoId, creator }] of videos.entries()) {
        const row = counts?.subarray(place * names.length, (place + 1) * names.length)
        const some = names.flatMap((name, at) => {
          const amount = row?.[at] ?? 0
          return amount === 0 ? [] : [[name, amount] as const]
        })
        if (some.length === 0) continue
        const { creatorId: creator_id } = creator
        lines.push({ day, creator_id, video_id: videoId, counts: Object.fromEntries(some) })
      }
      return [...lines, { day, videos: lines.length, people }]
    },
  }
}

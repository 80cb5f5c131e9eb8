// Reads a truth file: whole days alone, by creator and video.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { truthLineSchema } from '#schemas/truth.ts'
import type { TrueCount, TrueDayEnd, TrueVideoDay } from '#schemas/truth.ts'

export type Counts = Readonly<Partial<Record<TrueCount, number>>>

export interface TrueDays {
  /** Whole days, in order; those that a crash cut off are not among them. */
  readonly days: readonly TrueDayEnd[]
  readonly creators: readonly string[]
  readonly videos: readonly string[]
  /** What happened to a video on a day; nothing where the file has no line. */
  of(videoId: string, day: string): Counts
}

/** @throws Error naming a line that is none of a truth file. */
export async function readTrueDays(file: string): Promise<TrueDays> {
  const ends: TrueDayEnd[] = []
  const rows = new Map<string, Counts>()
  const creators = new Set<string>()
  const videos = new Set<string>()
  let waiting: TrueVideoDay[] = []
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number += 1
    const line = parseLine(text, number)
    if ('video_id' in line) {
      waiting.push(line)
      continue
    }
    const whole = waiting.filter(({ day }) => day === line.day)
    waiting = []
    if (whole.length !== line.videos) continue
    ends.push(line)
    for (const { video_id, creator_id, day, counts } of whole) {
      rows.set(`${video_id} ${day}`, counts)
      creators.add(creator_id)
      videos.add(video_id)
    }
  }
  const nothing: Counts = {}
  return {
    days: ends.toSorted((a, b) => (a.day < b.day ? -1 : 1)),
    creators: [...creators],
    videos: [...videos],
    of: (videoId, day) => rows.get(`${videoId} ${day}`) ?? nothing,
  }
}

function parseLine(text: string, number: number): TrueVideoDay | TrueDayEnd {
  try {
    return truthLineSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`line ${number} is none of a truth file`, { cause: error })
  }
}

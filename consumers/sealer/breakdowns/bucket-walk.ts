// When a bucket of breakdowns ends: once enough people are published of it, sooner or later by its age. Published numbers alone decide.
import type { BucketRules } from '#schemas/policy.ts'

/** A bucket that is not decided yet; what it has is of published numbers. */
export interface OpenBucket {
  /** From 1. */
  readonly ordinal: number
  /** Unix seconds: where the one before ended. */
  readonly fromS: number
  /** Since when it has an age: not before it had anybody. */
  readonly sinceS: number
  /** Of saves and shares noised, so it may be negative. */
  readonly people: number
}

/** What becomes of a bucket: cells of its own, or a part of its creator's pool. */
export type BucketOutcome = 'buckets' | 'pooled'

export interface EndedBucket {
  readonly ordinal: number
  readonly fromS: number
  /** Not included. */
  readonly toS: number
  readonly people: number
  readonly outcome: BucketOutcome
}

/** A stretch of published time at whose end a bucket may end. */
export interface PublishedStretch {
  readonly fromS: number
  readonly toS: number
  /** Published of it. */
  readonly people: number
}

const DAY_S = 86_400

export function firstBucket(startS: number): OpenBucket {
  return { ordinal: 1, fromS: startS, sinceS: startS, people: 0 }
}

/** The bucket with one more stretch; it begins to age with its first people where they are exact. */
export function grown(
  open: OpenBucket,
  { fromS, people }: PublishedStretch,
  isExact: boolean,
): OpenBucket {
  const isEmpty = isExact && open.people === 0
  const sinceS = isEmpty ? Math.max(open.fromS, fromS) : open.sinceS
  return { ...open, sinceS, people: open.people + people }
}

/** What becomes of a bucket that ends at `toS`; null: it stays open. */
export function outcomeAt(
  rules: BucketRules,
  { ordinal, sinceS, people }: OpenBucket,
  toS: number,
): BucketOutcome | null {
  const ageDays = (toS - sinceS) / DAY_S
  if (people >= (ordinal === 1 ? rules.first_people : rules.people)) return 'buckets'
  if (ageDays >= rules.aged_days && people >= rules.aged_people) return 'buckets'
  return ageDays >= rules.pooled_days && people < rules.aged_people ? 'pooled' : null
}

/** The bucket that opens where one has ended. */
export function nextBucket({ ordinal, toS }: EndedBucket): OpenBucket {
  return { ordinal: ordinal + 1, fromS: toS, sinceS: toS, people: 0 }
}

export interface BucketWalk {
  readonly rulesAt: (fromS: number) => BucketRules
  readonly open: OpenBucket
  /** Ascending, without gaps between those that matter. */
  readonly stretches: Iterable<PublishedStretch>
  /** Whether the people are exact: nobody is in a bucket of which none are published. */
  readonly isExact: boolean
}

/** Ends every bucket that can end with what is published. */
export function walkBuckets({ rulesAt, open: first, stretches, isExact }: BucketWalk): {
  readonly ended: readonly EndedBucket[]
  readonly open: OpenBucket
} {
  const ended: EndedBucket[] = []
  let open = first
  let rules = rulesAt(open.fromS)
  for (const stretch of stretches) {
    const { toS } = stretch
    if (toS <= open.fromS) continue
    open = grown(open, stretch, isExact)
    // Of nobody there is nothing to tell, however old it is.
    if (isExact && open.people === 0) continue
    const outcome = outcomeAt(rules, open, toS)
    if (outcome === null) continue
    const { ordinal, fromS, people } = open
    const bucket = { ordinal, fromS, toS, people, outcome }
    ended.push(bucket)
    open = nextBucket(bucket)
    rules = rulesAt(open.fromS)
  }
  return { ended, open }
}

/** Whether a bucket of a pool is full. @param sinceS when the first bucket passed into it. */
export function isPoolFull(
  rules: BucketRules,
  { people, sinceS }: { readonly people: number; readonly sinceS: number },
  atS: number,
): boolean {
  if (people >= rules.pool_people) return true
  return atS - sinceS >= rules.pool_aged_days * DAY_S && people >= rules.pool_aged_people
}

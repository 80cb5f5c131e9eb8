// The topics of the event log: who writes what, how it is keyed, and how long it is kept.

const DAY_MS = 86_400_000

export interface Topic {
  readonly name: string
  /** Partitions of a local broker; `fixed` ones must have one partition everywhere, for one order. */
  readonly partitions: number
  readonly fixed: boolean
  readonly cleanup: 'delete' | 'compact'
  /** How long records are kept; null: for ever. */
  readonly retentionMs: number | null
}

/** Every topic stamps records with the time of append, by which age and watermark are judged. */
export const topics = {
  engagement: {
    name: 'engagement.v1',
    partitions: 4,
    fixed: false,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
  },
  videos: {
    name: 'videos.v1',
    partitions: 1,
    fixed: false,
    cleanup: 'compact',
    retentionMs: null,
  },
  creators: {
    name: 'creators.v1',
    partitions: 1,
    fixed: false,
    cleanup: 'compact',
    retentionMs: null,
  },
  touched: {
    name: 'touched.v1',
    partitions: 1,
    fixed: true,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
  },
  imports: {
    name: 'imports.v1',
    partitions: 1,
    fixed: true,
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
  },
  takeovers: {
    name: 'takeovers.v1',
    partitions: 1,
    fixed: true,
    cleanup: 'delete',
    retentionMs: null,
  },
  decisions: {
    name: 'decisions.v1',
    partitions: 1,
    fixed: true,
    cleanup: 'delete',
    retentionMs: null,
  },
  erasures: {
    name: 'erasures.v1',
    partitions: 1,
    fixed: true,
    cleanup: 'delete',
    retentionMs: null,
  },
  notifications: {
    name: 'notifications.v1',
    partitions: 1,
    fixed: false,
    cleanup: 'delete',
    retentionMs: 90 * DAY_MS,
  },
  dead: {
    name: 'dead.v1',
    partitions: 1,
    fixed: false,
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
  },
} as const satisfies Record<string, Topic>

/** Names under which consumers commit what they have stored; the sealer and `status` read them. */
export const consumerGroups = {
  facts: 'facts',
  saves: 'saves',
  savesTitles: 'saves-titles',
  notifications: 'notifications',
  sealer: 'sealer',
} as const

/** Names under which a producer is the only one of its kind: the broker refuses an older one. */
export const transactionalIds = { sealer: 'keepsake-sealer' } as const

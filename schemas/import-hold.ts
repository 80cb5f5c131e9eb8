// What an import of old acts asks for while it runs: that guarded leaves of their time stay unsealed, so that they still count there.
import { z } from 'zod'
import { instantSchema } from './events/base.ts'
import { idSchema } from './ids.ts'

export const importLimits = {
  /** How often an import is to be heard from. */
  heartbeatEveryS: 30,
  /**
   * A heartbeat that comes sooner after the last is answered and not kept, so that no client makes
   * the log too long to read at the start of a collector.
   */
  heartbeatLeastMs: 10_000,
  /** Silence after which a hold is over: three heartbeats, of which two may get lost. */
  silenceMs: 90_000,
  /** Longest life of a hold however often it is heard from: what it holds is not published. */
  lifetimeMs: 86_400_000,
  /** Creators or videos that one hold names; one of more names all of them. */
  namesMax: 1000,
  /** Holds that are open at once: each is asked about every seal. */
  openMax: 100,
  /** How long after its opening a hold is remembered: a day longer than it can last. */
  knownForMs: 2 * 86_400_000,
  /** Holds that are remembered: as many can be opened in two days. */
  knownMax: 1000,
} as const

const namesSchema = z
  .array(idSchema)
  .min(1, { error: 'must name at least one; leave it out to hold all' })
  .max(importLimits.namesMax, { error: `must name at most ${importLimits.namesMax}` })

/**
 * Body of `POST /v1/imports`: acts of `from` up to but not including `to`, on the videos of
 * `creators`, or on `videos`, or with neither list on all. An empty list is refused, lest a client
 * that found nothing to import held everything.
 */
export const importSchema = z
  .strictObject({
    from: instantSchema,
    to: instantSchema,
    creators: namesSchema.optional(),
    videos: namesSchema.optional(),
  })
  .refine(({ from }) => Date.parse(from) >= 0, {
    path: ['from'],
    error: 'lies before 1970',
    params: { code: 'out_of_range' },
  })
  .refine(({ from, to }) => Date.parse(from) < Date.parse(to), {
    path: ['to'],
    error: 'must lie after from',
    params: { code: 'out_of_range' },
  })
  .refine(({ creators, videos }) => creators === undefined || videos === undefined, {
    path: ['videos'],
    error: 'does not go with creators: name either',
    params: { code: 'not_allowed' },
  })

export type ImportBody = z.infer<typeof importSchema>

/** What can happen to a hold, in the order of the enum on the wire. */
export const importActs = ['opened', 'heartbeat', 'ended'] as const

export type ImportAct = (typeof importActs)[number]

/** A record of `imports.v1` (`avro/import-hold-v1.avsc`). */
export interface ImportHold {
  readonly import_id: string
  readonly act: ImportAct
  /** Of `opened` alone. */
  readonly scope: ImportScope | null
}

/** The acts that are to come; neither creators nor videos: on all videos. */
export interface ImportScope {
  /** Milliseconds since 1970. */
  readonly from: bigint
  /** Exclusive. */
  readonly to: bigint
  readonly creators: readonly bigint[]
  readonly videos: readonly bigint[]
}

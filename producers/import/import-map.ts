// What a map may say: which columns of a platform's log become which events, fields and videos.
import { z } from 'zod'
import { visibilities } from '#schemas/catalogue.ts'
import {
  ageBands,
  devices,
  followStatuses,
  genders,
  regions,
  trafficSources,
} from '#schemas/dimensions.ts'
import type { shareChannels } from '#schemas/dimensions.ts'
import { instantSchema } from '#schemas/events/base.ts'
import { eventLimits } from '#schemas/events/limits.ts'
import { idSchema } from '#schemas/ids.ts'

const column = z.string().min(1).max(200)
const numberText = 'must be a number'

export const durationUnits = ['s', 'ms', 'us'] as const
export const timeUnits = ['s', 'ms', 'us', 'rfc3339'] as const

const timeSchema = z.strictObject({ column, unit: z.enum(timeUnits) })

/** Offsets are texts where they go past 2^53. */
const offsetSchema = z
  .union([z.int(), z.string().regex(/^-?\d{1,19}$/)], {
    error: 'must be a whole number, as 10000000 or "10000000"',
  })
  .transform(BigInt)

const idSourceSchema = z.union(
  [
    idSchema,
    z
      .strictObject({ column, offset: offsetSchema.optional(), hash: z.literal(true).optional() })
      .refine(({ offset, hash }) => offset === undefined || hash === undefined, {
        error: 'must have either offset or hash, not both',
      }),
  ],
  { error: 'must be an id as text, or {"column", "offset" or "hash": true}' },
)

/** A closed domain: one value for all rows, or a column whose values are ours or are translated. */
function choice<const T extends readonly string[]>(allowed: T) {
  const ours = z.enum(allowed)
  return z.union(
    [
      ours,
      z
        .strictObject({
          column,
          values: z.record(z.string(), ours).optional(),
          otherwise: ours.optional(),
        })
        .refine(({ values, otherwise }) => values !== undefined || otherwise === undefined, {
          path: ['otherwise'],
          error: 'goes with values only',
        }),
    ],
    { error: `must be ${listed(allowed)}, or {"column", "values", "otherwise"}` },
  )
}

function listed(allowed: readonly string[]): string {
  return allowed.length > 20 ? 'one of the allowed values' : `one of ${allowed.join(' ')}`
}

function amount(max: number) {
  return z.union(
    [
      z.int().min(0).max(max),
      z.strictObject({
        column,
        unit: z.enum(durationUnits).default('ms'),
        round: z.enum(['nearest', 'down', 'up']).default('nearest'),
      }),
    ],
    { error: `must be 0 to ${max}, or {"column", "unit", "round"}` },
  )
}

const scalar = z
  .union([z.string(), z.number(), z.boolean()], { error: 'must be a text, number or true/false' })
  .transform(String)

/** All of a condition's words must hold. */
const conditionSchema = z
  .strictObject({
    equals: scalar.optional(),
    one_of: z.array(scalar).min(1).optional(),
    not: scalar.optional(),
    above: z.number({ error: numberText }).optional(),
    at_least: z.number({ error: numberText }).optional(),
    below: z.number({ error: numberText }).optional(),
    at_most: z.number({ error: numberText }).optional(),
    present: z.boolean().optional(),
  })
  .refine((words) => Object.values(words).some((word) => word !== undefined), {
    error: 'must have one of equals one_of not above at_least below at_most present',
  })

/** An event without a channel has none; `unknown` is no channel. */
const channels = [
  'direct_message',
  'copy_link',
  'external_app',
  'other',
] as const satisfies readonly (typeof shareChannels)[number][]

const when = z.record(column, conditionSchema).default({})
const position_ms = amount(eventLimits.intMax).optional()

const eventSpecSchema = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('view'),
      when,
      watched_ms: amount(eventLimits.watchedMsMax),
      duration_ms: amount(eventLimits.intMax).optional(),
    }),
    z.strictObject({ type: z.literal('like'), when, position_ms }),
    z.strictObject({ type: z.literal('unlike'), when }),
    z.strictObject({
      type: z.literal('save'),
      when,
      position_ms,
      collection_id: idSourceSchema.optional(),
    }),
    z.strictObject({ type: z.literal('unsave'), when }),
    z.strictObject({
      type: z.literal('share'),
      when,
      position_ms,
      share_channel: choice(channels).optional(),
    }),
    z.strictObject({ type: z.literal('comment'), when, position_ms }),
    z.strictObject({ type: z.literal('uncomment'), when }),
    z.strictObject({ type: z.literal('follow'), when }),
    z.strictObject({ type: z.literal('unfollow'), when }),
    z.strictObject({ type: z.literal('stitch'), when, derived_video_id: idSourceSchema }),
    z.strictObject({ type: z.literal('duet'), when, derived_video_id: idSourceSchema }),
  ],
  {
    error:
      'type must be one of view like unlike save unsave share comment uncomment follow unfollow stitch duet',
  },
)

/** What the catalogue is told of every video that a row names. */
const videosSchema = z.strictObject({
  /** `{name}` stands for what the column has. */
  title: z.string().max(500).default(''),
  published_at: z.union([instantSchema, timeSchema], {
    error: 'must be RFC 3339, or {"column", "unit"} of a column that is the same in all rows',
  }),
  duration_ms: amount(eventLimits.intMax).default(0),
  visibility: choice(visibilities).default('public'),
})

export const importMapSchema = z.strictObject({
  about: z.string().default(''),
  notes: z.array(z.string()).default([]),
  format: z.enum(['csv', 'ndjson']),
  delimiter: z
    .string()
    .regex(/^[^"\r\n]$/, 'must be one character, no quote and no line end')
    .default(','),
  /** Part of every event id and keyed hash: two sources whose rows may look alike need two. */
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 . _ -, as kuairand'),
  /** Columns by which a row is told from others; left out: all of them. */
  identity: z.array(column).min(1).optional(),
  occurred_at: timeSchema,
  user_id: idSourceSchema,
  video_id: idSourceSchema,
  creator_id: idSourceSchema,
  region: choice(regions).optional(),
  age_band: choice(ageBands).optional(),
  gender: choice(genders).optional(),
  device: choice(devices).optional(),
  traffic_source: choice(trafficSources).optional(),
  follow_status: choice(followStatuses).optional(),
  events: z.array(eventSpecSchema).min(1).max(100),
  videos: videosSchema.optional(),
})

export type ImportMap = z.infer<typeof importMapSchema>
export type EventSpec = z.infer<typeof eventSpecSchema>
export type IdSource = z.infer<typeof idSourceSchema>
export type TimeSource = z.infer<typeof timeSchema>
export type Amount = z.infer<ReturnType<typeof amount>>
export type Condition = z.infer<typeof conditionSchema>

/** A closed domain as compiled plans see it, whichever it is. */
export type Choice =
  | string
  | {
      readonly column: string
      readonly values?: Readonly<Record<string, string>> | undefined
      readonly otherwise?: string | undefined
    }

export const dimensionNames = [
  'region',
  'age_band',
  'gender',
  'device',
  'traffic_source',
  'follow_status',
] as const

/** Names of columns that a template of a title has in braces. */
export function templateColumns(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name ?? '')
}

/** Every column that the map reads. */
export function columnsOf(map: ImportMap): ReadonlySet<string> {
  const found = new Set<string>(map.identity)
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'column' && typeof inner === 'string') found.add(inner)
      else if (name === 'when') for (const each of Object.keys({ ...inner })) found.add(each)
      // What `values` translates may have any name, `column` too.
      else if (name !== 'values') look(inner)
    }
  }
  look(map)
  for (const name of templateColumns(map.videos?.title ?? '')) found.add(name)
  return found
}

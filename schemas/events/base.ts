// What every event has: who acted on which video, when, and the dimensions of that moment.
import { z } from 'zod'
import {
  ageBands,
  devices,
  followStatuses,
  genders,
  regions,
  trafficSources,
} from '../dimensions.ts'
import { idSchema, isUuid7 } from '../ids.ts'
import { eventLimits } from './limits.ts'

/** RFC 3339 with up to three digits of a second's fraction, any offset. */
export const instantSchema = z.iso
  .datetime({ offset: true, error: 'must be RFC 3339 with up to ms, as 2026-11-01T12:00:00.000Z' })
  .refine((text) => !/\.\d{4,}/.test(text), { error: 'must have at most three digits of fraction' })

export const milliseconds = z.int().min(0).max(eventLimits.intMax)

const uuid7Schema = z.string().refine(isUuid7, {
  error: 'must be a UUID of version 7',
  params: { code: 'not_uuid7' },
})

export const baseFields = {
  event_id: uuid7Schema,
  occurred_at: instantSchema,
  user_id: idSchema,
  video_id: idSchema,
  creator_id: idSchema,
  region: z.enum(regions).default('ZZ'),
  age_band: z.enum(ageBands).default('unknown'),
  gender: z.enum(genders).default('unknown'),
  device: z.enum(devices).default('unknown'),
  traffic_source: z.enum(trafficSources).default('unknown'),
  follow_status: z.enum(followStatuses).default('unknown'),
}

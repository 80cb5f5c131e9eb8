// A playback start, told when it has ended: how long it played, and how long the video is.
import { z } from 'zod'
import { baseFields, milliseconds } from './base.ts'
import { eventLimits } from './limits.ts'

/** `watched_ms` may exceed `duration_ms` (loops); a duration of 0 or left out is unknown. */
export const viewSchema = z.strictObject({
  type: z.literal('view'),
  ...baseFields,
  watched_ms: z.int().min(0).max(eventLimits.watchedMsMax),
  duration_ms: milliseconds.default(0),
})

export const viewExample = {
  event_id: '019a3b6d-2500-7c1d-9a2b-3c4d5e6f7a8b',
  type: 'view',
  occurred_at: '2025-10-31T18:00:00.000Z',
  user_id: '5001',
  video_id: '77',
  creator_id: '900',
  region: 'BR',
  age_band: '18-24',
  gender: 'female',
  device: 'mobile',
  traffic_source: 'for_you',
  watched_ms: 4000,
  duration_ms: 9000,
} as const

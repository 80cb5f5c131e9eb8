// A published video made from this one: a stitch (a part of it, then one's own) or a duet (side by side).
import { z } from 'zod'
import { idSchema } from '../ids.ts'
import { baseFields } from './base.ts'

/** `derived_video_id` is the new video; `user_id` is its creator. */
export const stitchSchema = z.strictObject({
  type: z.literal('stitch'),
  ...baseFields,
  derived_video_id: idSchema,
})

export const duetSchema = z.strictObject({
  type: z.literal('duet'),
  ...baseFields,
  derived_video_id: idSchema,
})

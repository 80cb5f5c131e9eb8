// A save to the viewer's private list, and its undoing.
import { z } from 'zod'
import { idSchema } from '../ids.ts'
import { baseFields, milliseconds } from './base.ts'

/** `collection_id` puts the video straight into one of the viewer's own collections. */
export const saveSchema = z.strictObject({
  type: z.literal('save'),
  ...baseFields,
  position_ms: milliseconds.optional(),
  collection_id: idSchema.optional(),
})

export const unsaveSchema = z.strictObject({ type: z.literal('unsave'), ...baseFields })

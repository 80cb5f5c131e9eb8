// A comment, and its removal.
import { z } from 'zod'
import { baseFields, milliseconds } from './base.ts'

export const commentSchema = z.strictObject({
  type: z.literal('comment'),
  ...baseFields,
  position_ms: milliseconds.optional(),
})

export const uncommentSchema = z.strictObject({ type: z.literal('uncomment'), ...baseFields })

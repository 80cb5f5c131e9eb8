// A like, and its undoing.
import { z } from 'zod'
import { baseFields, milliseconds } from './base.ts'

export const likeSchema = z.strictObject({
  type: z.literal('like'),
  ...baseFields,
  position_ms: milliseconds.optional(),
})

export const unlikeSchema = z.strictObject({ type: z.literal('unlike'), ...baseFields })

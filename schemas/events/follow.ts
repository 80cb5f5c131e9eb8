// A follow of the video's creator, stamped with the video it came from, and its undoing.
import { z } from 'zod'
import { baseFields } from './base.ts'

export const followSchema = z.strictObject({ type: z.literal('follow'), ...baseFields })

export const unfollowSchema = z.strictObject({ type: z.literal('unfollow'), ...baseFields })

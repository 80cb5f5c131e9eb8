// A share of the video out of the player.
import { z } from 'zod'
import { shareChannels } from '../dimensions.ts'
import { baseFields, milliseconds } from './base.ts'

export const shareSchema = z.strictObject({
  type: z.literal('share'),
  ...baseFields,
  position_ms: milliseconds.optional(),
  share_channel: z.enum(shareChannels).exclude(['unknown']).optional(),
})

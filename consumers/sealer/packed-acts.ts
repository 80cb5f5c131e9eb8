// First acts as `vault.people` packs them: the time in ms above the attributes; of a person who is sealed, an ordinal in place of the time.

/** Below the time: region, age band, gender, traffic source and device. */
export const ATTRIBUTE_BITS = 21

/** Mask of the attributes. */
export const ATTRIBUTES = 2 ** ATTRIBUTE_BITS - 1

/** Ordinals are below this, and every time in ms is above. */
export const ORDINALS_END = 1_000_000

/** No first act at all: `min` keeps what is there. */
export const NEVER = '18446744073709551615'

/** Facts of people whose clocks differ from ours are stored under their own time. */
export const SINCE_ROOM_S = 600

// What an attack has to say: how much better than a coin it guesses, against the release and against each known mistake.

/** How large an attack is. */
export interface Sizes {
  /** Pairs of worlds, with the target and without; dear attacks take a stated part of them. */
  readonly worlds: number
  /** Other worlds, other noise. */
  readonly seed: number
}

/** A release with a known mistake, which the same attack has to win against: else it proves nothing. */
export interface Control {
  readonly mistake: string
  readonly advantage: number
}

/** Advantages are parts of 1: 0 is a coin, 1 is always right; of 50:50 guesses right are half of 1 + it. */
export interface Finding {
  /** As in the table of README.md. */
  readonly attack: string
  readonly tries: string
  readonly advantage: number
  /** Of the best possible attacker who sees the same numbers. */
  readonly bound: number
  /** How far above its bound a measured advantage may lie by chance. */
  readonly error: number
  readonly controls: readonly Control[]
}

/** A mistake is found where nine guesses of ten and more are more than luck. */
const BROKEN_FROM = 0.9

export function isHeld({ advantage, bound, error }: Finding): boolean {
  return advantage <= bound + error
}

export function isBroken({ advantage }: Control): boolean {
  return advantage >= BROKEN_FROM
}

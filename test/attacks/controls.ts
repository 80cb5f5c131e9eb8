// The same guess, is one more counted?, against readings of a naive release.
import { advantageAtZero, openScores } from './advantage.ts'
import { createFreshNoise, exactly } from './naive.ts'
import type { Reading } from './naive.ts'
import type { Control } from './attack.ts'

/** A mistake that is one shows in few worlds. */
export const CONTROL_WORLDS = 200
/** Readings that an averaging attacker takes: noise of a deviation of 5.6 falls to 0.14. */
const READINGS = 1600
const OTHERS_MAX = 50

/** The mean of many readings less the others, who are known. */
export function advantageOfAveraging(read: Reading, readings: number): number {
  const scores = openScores(CONTROL_WORLDS)
  const meanOf = (count: number): number => {
    let sum = 0
    for (let reading = 0; reading < readings; reading++) sum += read(count)
    return sum / readings
  }
  for (let world = 0; world < CONTROL_WORLDS; world++) {
    const others = world % OTHERS_MAX
    scores.present[world] = meanOf(others + 1) - others - 0.5
    scores.absent[world] = meanOf(others) - others - 0.5
  }
  return advantageAtZero(scores)
}

export function exactNumbers(): Control {
  return { mistake: 'exact numbers', advantage: advantageOfAveraging(exactly, 1) }
}

export function freshNoise(epsilon: number, seed: number): Control {
  const read = createFreshNoise(epsilon, seed)
  return { mistake: 'noise at every reading', advantage: advantageOfAveraging(read, READINGS) }
}

// The best possible attacker against given cells: no other reading of the published numbers is right more often.
import { createLaplaceSampler } from '#consumers/sealer/release/laplace-sampler.ts'
import { epsilonMillionths } from '#schemas/policy.ts'
import { DRAWS, massOf, noisesOf } from './masses.ts'

/** Weights of the evidence, in millionths of the epsilon that a reader has gained, in either world. */
interface Evidence {
  readonly here: bigint
  readonly elsewhere: bigint
}

/** A number is published that is higher by one in one world than in the other: what it tells. */
function evidenceOf(epsilon: number): ReadonlyMap<number, Evidence> {
  const sampler = createLaplaceSampler(epsilon)
  const told = new Map<number, Evidence>()
  for (const z of noisesOf(sampler)) {
    const [here, elsewhere] = [massOf(sampler, z - 1), massOf(sampler, z)]
    // Ratios of neighbours are e^epsilon or its inverse, but for the last few of 2^128 draws.
    const loss = epsilonMillionths(epsilon) * (here > elsewhere ? 1 : -1)
    const before = told.get(loss) ?? { here: 0n, elsewhere: 0n }
    told.set(loss, { here: before.here + here, elsewhere: before.elsewhere + elsewhere })
  }
  return told
}

/**
 * How often an attacker is right about which of two equally likely worlds it is, who sees the published
 * numbers of cells that differ by one between the worlds, and knows all else: one half and half the
 * distance of the two distributions, by convolution of the cells' losses, in integers.
 */
export function chanceOfBestAttacker(epsilons: readonly number[]): number {
  const evidence = new Map([...new Set(epsilons)].map((each) => [each, evidenceOf(each)]))
  let all: ReadonlyMap<number, Evidence> = new Map([[0, { here: 1n, elsewhere: 1n }]])
  for (const epsilon of epsilons) {
    const next = new Map<number, Evidence>()
    for (const [lossSoFar, known] of all) {
      for (const [loss, told] of evidence.get(epsilon) ?? []) {
        const sum = next.get(lossSoFar + loss) ?? { here: 0n, elsewhere: 0n }
        next.set(lossSoFar + loss, {
          here: sum.here + known.here * told.here,
          elsewhere: sum.elsewhere + known.elsewhere * told.elsewhere,
        })
      }
    }
    all = next
  }
  const distance = [...all.values()].reduce(
    (sum, { here, elsewhere }) => sum + (here > elsewhere ? here - elsewhere : 0n),
    0n,
  )
  const digits = 1_000_000_000n
  return 0.5 + Number((distance * digits) / DRAWS ** BigInt(epsilons.length)) / Number(digits) / 2
}

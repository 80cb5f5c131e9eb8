// The people of the simulated platform: who they are is drawn once, and stays.
import { ageBands, devices, genders } from '#schemas/dimensions.ts'
import type { AgeBand, Device, Gender } from '#schemas/dimensions.ts'
import { createRandom } from './random.ts'
import type { Scale } from './scale.ts'
import { createWeights } from './weights.ts'
import { peopleByAge, worldRegions } from './world.ts'
import type { WorldRegion } from './world.ts'

const FIRST_VIEWER = 50_001
/** Share of accounts that do nothing but save for money. */
const BOUGHT_SHARE = 0.02

export interface Person {
  readonly userId: string
  readonly region: WorldRegion
  readonly age: AgeBand
  readonly gender: Gender
  readonly device: Device
}

export interface People {
  /** Viewers by place, 0 to `viewers - 1`: region after region, the bought accounts last. */
  person(place: number): Person
  /** A viewer of a region; few of them are there most of the time. */
  viewerOf(region: number, part: number): number
  /** Place of a bought account. */
  bought(index: number): number
}

export function createPeople({ seed, viewers }: Scale): People {
  const random = createRandom(seed, 'people')
  const honest = Math.max(worldRegions.length, Math.round(viewers * (1 - BOUGHT_SHARE)))
  const ages = createWeights(peopleByAge.map(({ share }) => share))
  const [ageOf, genderOf, deviceOf] = [0, 1, 2].map(() => new Uint8Array(viewers))
  const starts: number[] = []
  let begun = 0
  for (const { share } of worldRegions) {
    starts.push(Math.round(begun * honest))
    begun += share
  }
  starts.push(honest)
  for (let place = 0; place < honest; place++) {
    const band = peopleByAge[ages.draw(random.next())] ?? peopleByAge[0]
    const { mobile, tablet } = band.devices
    const hand = random.next()
    const device = hand < mobile ? 'mobile' : hand < mobile + tablet ? 'tablet' : 'desktop'
    const sex = random.next()
    const gender = sex < 0.48 ? 'female' : sex < 0.94 ? 'male' : sex < 0.96 ? 'other' : 'unknown'
    if (ageOf !== undefined) ageOf[place] = ageBands.indexOf(band.age)
    if (genderOf !== undefined) genderOf[place] = genders.indexOf(gender)
    if (deviceOf !== undefined) deviceOf[place] = devices.indexOf(device)
  }
  const regionOf = (place: number): WorldRegion => {
    const at = starts.findIndex(
      (start, index) => place >= start && place < (starts[index + 1] ?? 0),
    )
    return worldRegions[at] ?? worldRegions[worldRegions.length - 1] ?? worldRegions[0]
  }
  return {
    person: (place) => ({
      userId: String(FIRST_VIEWER + place),
      region: regionOf(place),
      age: ageBands[ageOf?.[place] ?? 0] ?? 'unknown',
      gender: genders[genderOf?.[place] ?? 0] ?? 'unknown',
      device: devices[deviceOf?.[place] ?? 0] ?? 'unknown',
    }),
    viewerOf(region, part) {
      const first = starts[region] ?? 0
      return first + Math.floor(((starts[region + 1] ?? honest) - first) * part ** 2)
    },
    bought: (index) => honest + (index % Math.max(1, viewers - honest)),
  }
}

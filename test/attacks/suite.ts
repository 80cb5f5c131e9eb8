// All statistical attacks, in the order of the table in README.md.
import type { Finding, Sizes } from './attack.ts'
import { attackByAveraging } from './averaging.ts'
import { attackHiddenRow, attackOthers, attackZones } from './differencing.ts'
import { attackLoneAudience } from './lone-audience.ts'
import { attackMembership } from './membership.ts'
import { attackLadder, attackTrigger } from './padding.ts'
import { attackByReconstruction } from './reconstruction.ts'
import { attackShownRows } from './shown-rows.ts'
import { attackToggling } from './toggling.ts'

export interface Attack {
  /** As in the table; several attacks may bear one. */
  readonly id: string
  readonly run: (sizes: Sizes) => Finding
}

export const suite: readonly Attack[] = [
  { id: 'A1', run: attackMembership },
  { id: 'A2', run: attackByAveraging },
  { id: 'A4', run: attackOthers },
  { id: 'A4', run: attackZones },
  { id: 'A4', run: attackHiddenRow },
  { id: 'A4', run: attackShownRows },
  { id: 'A5', run: attackToggling },
  { id: 'A6', run: attackLadder },
  { id: 'A6', run: attackTrigger },
  { id: 'A7', run: attackLoneAudience },
  { id: 'A12', run: attackByReconstruction },
]

// What the simulated world is like: its regions and their clocks, and the topics with who likes, saves and shares them.
import type { AgeBand, Region, TrafficSource } from '#schemas/dimensions.ts'
import { HOUR_MS } from './scale.ts'

export interface WorldRegion {
  readonly code: Region
  /** Of all people. */
  readonly share: number
  readonly utcOffsetH: number
  readonly timeZone: string
}

export const worldRegions: readonly [WorldRegion, ...WorldRegion[]] = [
  { code: 'IN', share: 0.2, utcOffsetH: 5.5, timeZone: 'Asia/Kolkata' },
  { code: 'US', share: 0.16, utcOffsetH: -6, timeZone: 'America/Chicago' },
  { code: 'BR', share: 0.13, utcOffsetH: -3, timeZone: 'America/Sao_Paulo' },
  { code: 'ID', share: 0.12, utcOffsetH: 7, timeZone: 'Asia/Jakarta' },
  { code: 'DE', share: 0.08, utcOffsetH: 1, timeZone: 'Europe/Berlin' },
  { code: 'MX', share: 0.07, utcOffsetH: -6, timeZone: 'America/Mexico_City' },
  { code: 'GB', share: 0.06, utcOffsetH: 0, timeZone: 'Europe/London' },
  { code: 'NG', share: 0.06, utcOffsetH: 1, timeZone: 'Africa/Lagos' },
  { code: 'JP', share: 0.05, utcOffsetH: 9, timeZone: 'Asia/Tokyo' },
  { code: 'PH', share: 0.04, utcOffsetH: 8, timeZone: 'Asia/Manila' },
  { code: 'ZZ', share: 0.03, utcOffsetH: 0, timeZone: 'UTC' },
]

export interface Topic {
  readonly name: string
  /** How often a watched video is followed by each act. */
  readonly like: number
  readonly save: number
  readonly share: number
  readonly comment: number
  /** Age bands that it is made for; others see it half as often. */
  readonly ages: readonly AgeBand[]
  readonly titles: readonly [string, ...string[]]
}

export const topics: readonly [Topic, ...Topic[]] = [
  {
    name: 'cooking',
    like: 0.13,
    save: 0.075,
    share: 0.03,
    comment: 0.012,
    ages: ['25-34', '35-44', '45-54', '55-64'],
    titles: ['Flatbread in ten minutes', 'Rice, three ways', 'The knife that stays sharp'],
  },
  {
    name: 'fitness',
    like: 0.12,
    save: 0.075,
    share: 0.018,
    comment: 0.01,
    ages: ['18-24', '25-34', '35-44'],
    titles: ['Two minutes of balance', 'Warm up like this', 'A back that does not hurt'],
  },
  {
    name: 'building',
    like: 0.11,
    save: 0.08,
    share: 0.02,
    comment: 0.016,
    ages: ['35-44', '45-54', '55-64', '65+'],
    titles: ['A shelf without screws', 'Fixing a bike bell', 'Concrete planter, day one'],
  },
  {
    name: 'learning',
    like: 0.1,
    save: 0.09,
    share: 0.025,
    comment: 0.014,
    ages: ['13-17', '18-24', '25-34'],
    titles: ['Fractions on a napkin', 'One word, five languages', 'Why ice floats'],
  },
  {
    name: 'comedy',
    like: 0.19,
    save: 0.014,
    share: 0.06,
    comment: 0.03,
    ages: ['13-17', '18-24', '25-34'],
    titles: ['My neighbour, again', 'The meeting that was an email', 'Dad hears the song'],
  },
  {
    name: 'dance',
    like: 0.2,
    save: 0.02,
    share: 0.035,
    comment: 0.018,
    ages: ['13-17', '18-24'],
    titles: ['Slow shuffle, step by step', 'In the rain', 'Both of us, first try'],
  },
]

/** How much more or less people of an age save than others. */
export const savingByAge: Readonly<Record<AgeBand, number>> = {
  unknown: 0.9,
  '13-17': 0.7,
  '18-24': 1,
  '25-34': 1.35,
  '35-44': 1.2,
  '45-54': 0.95,
  '55-64': 0.75,
  '65+': 0.6,
}

/** The same by where they came from: who searches wants to keep what is found. */
export const savingBySource: Readonly<Partial<Record<TrafficSource, number>>> = {
  search: 1.9,
  hashtag: 1.3,
  direct_message: 1.4,
  profile: 1.2,
  saved_list: 0.05,
  promoted: 0.4,
}

/** Ways to a video and how often they are taken. */
export const commonSources = [
  ['for_you', 0.6],
  ['following', 0.13],
  ['search', 0.08],
  ['profile', 0.05],
  ['hashtag', 0.03],
  ['sound', 0.03],
  ['friends', 0.03],
  ['direct_message', 0.02],
  ['notification', 0.015],
  ['saved_list', 0.005],
  ['playlist', 0.005],
  ['unknown', 0.005],
] as const satisfies readonly (readonly [TrafficSource, number])[]

/** People by age band, and what they hold in their hands. */
export const peopleByAge = [
  { age: '13-17', share: 0.12, devices: { mobile: 0.93, tablet: 0.05, desktop: 0.02 } },
  { age: '18-24', share: 0.3, devices: { mobile: 0.92, tablet: 0.03, desktop: 0.05 } },
  { age: '25-34', share: 0.26, devices: { mobile: 0.86, tablet: 0.04, desktop: 0.1 } },
  { age: '35-44', share: 0.14, devices: { mobile: 0.78, tablet: 0.09, desktop: 0.13 } },
  { age: '45-54', share: 0.08, devices: { mobile: 0.68, tablet: 0.16, desktop: 0.16 } },
  { age: '55-64', share: 0.04, devices: { mobile: 0.55, tablet: 0.27, desktop: 0.18 } },
  { age: '65+', share: 0.02, devices: { mobile: 0.45, tablet: 0.35, desktop: 0.2 } },
  { age: 'unknown', share: 0.04, devices: { mobile: 0.85, tablet: 0.05, desktop: 0.1 } },
] as const satisfies readonly {
  readonly age: AgeBand
  readonly share: number
  readonly devices: Readonly<Record<'mobile' | 'tablet' | 'desktop', number>>
}[]

/** How awake people are at each hour of their own day, on average 1. */
const byHour = [
  0.6, 0.32, 0.2, 0.15, 0.15, 0.25, 0.55, 0.85, 0.9, 0.85, 0.9, 1, 1.25, 1.2, 1.05, 1.05, 1.15,
  1.35, 1.6, 1.85, 2.1, 2.1, 1.65, 0.92,
]
/** From Sunday, on average 1. */
const byWeekday = [1.2, 0.92, 0.9, 0.9, 0.93, 1.0, 1.15]

/** How active a region is at an instant, 1 on average. */
export function activityOf({ utcOffsetH }: WorldRegion, atMs: number): number {
  const local = new Date(atMs + utcOffsetH * HOUR_MS)
  return (byHour[local.getUTCHours()] ?? 1) * (byWeekday[local.getUTCDay()] ?? 1)
}

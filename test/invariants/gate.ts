// The mutation gate: each known way to build keepsake wrong is built, and the oracle has to find it; without it, the same play is harmless.
import { rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { TTL_MUTATION } from './mutations.ts'
import type { Mutation } from './mutations.ts'
import type { Play } from './play.ts'
import { plays } from './plays.ts'
import { openScene, untilTrue } from './scene.ts'
import type { Scene } from './scene.ts'
import { mutationFile } from './strike-files.ts'
import type { ProcessName } from './strike-points.ts'
import type { TrialPlatform } from './trial-platform.ts'

export interface GateOptions {
  readonly platform: TrialPlatform
  readonly tell: (line: string) => void
  /** Plays without any mutation: each must be harmless. */
  readonly isControl: boolean
  /** Which of how many equal parts is played, from 1. */
  readonly part: readonly [number, number]
  /** Plays whose name holds this text, or one of several that are divided by commas. */
  readonly only: string
}

export interface GateResult {
  readonly mutation: Mutation
  /** What the oracle found; null: nothing. */
  readonly difference: string | null
}

/** From when everything is counted: a late count may take a pass or two. */
const RED_AFTER_MS = 7000
const GREEN_LIMIT_MS = 60_000

export async function runGate({
  platform,
  tell,
  isControl,
  part: [part, parts],
  only,
}: GateOptions): Promise<readonly GateResult[]> {
  const results: GateResult[] = []
  const isWanted = ({ mutation }: Play): boolean =>
    only.split(',').some((text) => mutation.includes(text))
  for (const [index, each] of plays.entries()) {
    if (index % parts !== part - 1 || !isWanted(each)) continue
    const startedMs = Date.now()
    const difference = await performAgain(platform, each, { trial: index + 1, isControl, tell })
    const took = Math.round((Date.now() - startedMs) / 1000)
    tell(`${each.mutation}: ${difference ?? 'equal'} (${took} s)`)
    results.push({ mutation: each.mutation, difference })
  }
  return results
}

interface Performance {
  /** A number of its own, by which it has its own videos and people. */
  readonly trial: number
  readonly isControl: boolean
}

/** Trials of further plays have numbers above those of all plays. */
const AGAIN = 100
const PLAYS_MAX = 3

/**
 * A play strikes at moments that a busy machine may miss: a mistake that was not found, or a play
 * that came to no end, is played again, three times at most. Without a mistake once is enough: it
 * must be harmless.
 */
async function performAgain(
  platform: TrialPlatform,
  play: Play,
  { tell, trial, isControl }: Performance & Pick<GateOptions, 'tell'>,
): Promise<string | null> {
  if (isControl) return perform(platform, play, { trial, isControl })
  for (let number = 1; number < PLAYS_MAX; number++) {
    try {
      const again = { trial: trial + (number - 1) * AGAIN, isControl }
      const difference = await perform(platform, play, again)
      if (difference !== null) return difference
      tell(`${play.mutation}: equal, once more`)
    } catch (error) {
      tell(`${play.mutation}: ${String(error)}, once more`)
    }
  }
  return perform(platform, play, { trial: trial + (PLAYS_MAX - 1) * AGAIN, isControl })
}

async function perform(
  platform: TrialPlatform,
  { mutation, processes, play, isOfSeals = false }: Play,
  { trial, isControl }: Performance,
): Promise<string | null> {
  if (!isControl) await apply(platform, mutation, processes)
  try {
    const scene = await openScene(platform, trial)
    // A seal of others that is still under way would be struck instead of the play's own.
    await (isOfSeals ? scene.settled() : mustBeEqual(mutation, scene))
    await play(scene)
    // Wakes the sealer, which looks at an idle platform now and then only.
    await scene.post([scene.eventOf(scene.view(Date.now() - 500))])
    const limitMs = isControl ? GREEN_LIMIT_MS : RED_AFTER_MS
    const { differences, isDue } = await (isOfSeals
      ? scene.sealVerdict(limitMs)
      : scene.verdict(limitMs))
    if (!isDue) throw new Error(`${mutation}: ${differences[0] ?? 'nothing was compared'}`)
    return differences[0] ?? null
  } finally {
    await platform.vault.rows('system start merges')
    if (!isControl) await undo(platform, mutation, processes)
    await platform.stopSpares()
  }
}

/** Counted before the play begins: what comes then is not healed by the count of a new video's past. */
async function mustBeEqual(mutation: Mutation, scene: Scene): Promise<void> {
  await scene.post([scene.eventOf(scene.view(Date.now() - 500))])
  const before = await scene.verdict(GREEN_LIMIT_MS)
  const [early] = before.differences
  if (early !== undefined) throw new Error(`${mutation}: before the play began: ${early}`)
}

async function apply(
  platform: TrialPlatform,
  mutation: Mutation,
  processes: readonly ProcessName[],
): Promise<void> {
  if (mutation === TTL_MUTATION) {
    await platform.vault.rows('alter table vault.facts modify ttl slot + interval 1 hour')
    return
  }
  writeFileSync(mutationFile(platform.dataDir), mutation)
  await startAgain(platform, processes)
}

async function undo(
  platform: TrialPlatform,
  mutation: Mutation,
  processes: readonly ProcessName[],
): Promise<void> {
  if (mutation === TTL_MUTATION) {
    await platform.vault.rows('alter table vault.facts remove ttl')
    return
  }
  rmSync(mutationFile(platform.dataDir))
  await startAgain(platform, processes)
}

/** Ends processes, in order so that their groups do not wait for them, and waits until others have taken their place. */
async function startAgain(
  platform: TrialPlatform,
  processes: readonly ProcessName[],
): Promise<void> {
  for (const name of processes) {
    const pid = platform.pidOf(name)
    if (pid !== null) process.kill(pid, 'SIGTERM')
    await untilTrue(`${name} to start again`, GREEN_LIMIT_MS, async () => {
      const next = platform.pidOf(name)
      return next !== null && next !== pid
    })
  }
  await sleep(500)
}

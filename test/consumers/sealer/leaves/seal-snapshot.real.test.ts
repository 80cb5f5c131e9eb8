// Snapshots of whom a seal counts: one that is signed is whole, and nobody takes a newer sealer's away.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createLeafSealer } from '#consumers/sealer/leaves/leaf-sealer.ts'
import { createSealSnapshot } from '#consumers/sealer/leaves/seal-snapshot.ts'
import { generationOf } from '#consumers/sealer/fence.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { PipelineError } from '#infra/runtime/errors.ts'
import { createLog } from '#infra/runtime/log.ts'
import { createEventMaker } from '../../../support/events.ts'
import { eventually, post, store } from '../../../support/outside.ts'

/** Of sealers that are not there: the platform's own has a lower epoch. */
const later = generationOf(4_000_000n, 0n)
const latest = generationOf(4_000_001n, 0n)
/** Of one that is not in charge any more. */
const former = generationOf(0n, 2n)
const nothing = (): never => {
  throw new Error('nothing is decided')
}

const groups = [{ videoIds: [77_200_011n], sinceS: null }]

test('who dies while people are held fast leaves no snapshot that looks whole', async () => {
  await using vault = store('vault', 'sealer')
  let statements = 0
  const dying = {
    ...vault,
    async insertSelect(...statement: Parameters<typeof vault.insertSelect>) {
      statements += 1
      if (statements > 1) throw new PipelineError('store_unreachable', 'gone')
      await vault.insertSelect(...statement)
    },
  }
  const whole = createSealSnapshot(vault)
  try {
    const taken = createSealSnapshot(dying).take(groups, 1_700_000_000, later)
    await expect(taken).rejects.toThrow('gone')
    expect(await whole.kindOf(later)).toBe(null)
    await whole.take(groups, 1_700_000_000, later)
    expect(await whole.kindOf(later)).toBe('taken')
  } finally {
    await whole.drop(later)
  }
})

test('a sealer that was taken over from leaves the snapshot of its successor alone', async () => {
  await using vault = store('vault', 'sealer')
  await using rollups = store('rollups', 'sealer')
  const snapshot = createSealSnapshot(vault)
  await snapshot.take(groups, 1_700_000_000, latest)
  try {
    const older = createLeafSealer({
      log: createLog({ name: 'test', level: 'silent' }),
      clock: systemClock,
      vault,
      rollups,
      producer: {
        append: nothing,
        [Symbol.asyncDispose]: async () => undefined,
      },
      policies: { graceS: 60, at: nothing },
      noiseOf: nothing,
    })
    // Nothing ends that early: it only makes itself ready, as the first turn does.
    await older.decide(0, { generation: generationOf(0n, 1n), isHeld: () => false })
    expect(await snapshot.kindOf(latest)).toBe('taken')
  } finally {
    await snapshot.drop(latest)
  }
})

const people = 77_200_021n
const fromS = Math.floor(Date.now() / 1000 / 300) * 300 - 86_400

test('in a vault that was restored, people are marked by the time of their first act', async () => {
  const { make } = createEventMaker(772)
  // The third of them acted after the leaf.
  const saves = [100, 200, 400].map((afterS, user) =>
    make('save', {
      user: 1 + user,
      video: String(people),
      creator: '772001',
      atMs: (fromS + afterS) * 1000,
    }),
  )
  await post(saves)
  await using admin = store('vault', 'admin')
  const firsts = () =>
    admin.rows(
      z.object({ at: z.coerce.number() }),
      `select toString(bitShiftRight(min(total), 21)) as at from vault.people
       where video_id = {people:UInt64} and metric = 'saves' group by person order by at`,
      { people },
    )
  await eventually('the people', async () => {
    const seen = await firsts()
    return seen.length === 3 ? { found: seen } : { seen }
  })
  await using vault = store('vault', 'sealer')
  const snapshot = createSealSnapshot(vault)
  try {
    await snapshot.signByTime(former, later)
    const leaf = { video_id: String(people), leaf: 1, from_at: fromS, to_at: fromS + 300 }
    await snapshot.storeEnds([leaf], former)
    await snapshot.mark(former, 'by time', later)
    expect((await firsts()).map(({ at }) => at)).toEqual([1, 1, (fromS + 400) * 1000])
  } finally {
    await snapshot.drop(former)
  }
})

// Saving and unsaving: the log first, then the vault, then the answer; and what is known when one of them fails.
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { openEngagementEncoder } from '#infra/kafka/engagement-encoder.ts'
import { createSaveActs } from '#queries/saves/save-acts.ts'
import type { ActOutcome } from '#queries/saves/save-acts.ts'
import { parseSaveBody } from '#queries/saves/save-body.ts'
import { createManualClock } from '../../support/manual-clock.ts'
import { createLogByHand, createVaultByHand } from './list-by-hand.ts'

const encoder = openEngagementEncoder()
const pair = { userId: '61', videoId: '4242', dimensions: parseSaveBody(undefined) }

function open() {
  const clock = createManualClock()
  const vault = createVaultByHand()
  const log = createLogByHand()
  const acts = createSaveActs({ store: vault, producer: log, encoder, clock, randomBytes })
  /** An act, with the time that it needs. */
  const act = async (saved: boolean, of = pair): Promise<ActOutcome | 'failed'> => {
    const outcome = acts.act({ ...of, saved }).catch(() => 'failed' as const)
    await clock.advance(60_000)
    return outcome
  }
  const types = (): readonly string[] =>
    log.batches.flatMap(({ events }) => events.map(({ type }) => type))
  return { clock, vault, log, acts, act, types }
}

describe('an act', () => {
  test('is in the log and in the vault, the same row, before it is answered', async () => {
    const { clock, vault, log, acts } = open()
    const startMs = clock.nowMs()
    let answered = false
    void acts.act({ ...pair, saved: true }).then(() => (answered = true))
    await clock.rest()
    expect(log.batches).toHaveLength(1)
    expect(log.batches[0]).toMatchObject({ source: 'saves', backfill: false })
    expect(vault.rows.size).toBe(0)
    expect(answered).toBe(false)
    await clock.advance(25)
    expect(answered).toBe(true)
    const [event] = log.batches[0]?.events ?? []
    expect(event).toMatchObject({ type: 'save', user_id: 61n, video_id: 4242n, creator_id: 0n })
    const row = vault.rows.get('61/4242')
    expect(row).toMatchObject({ saved: true, savedAtMs: startMs })
    expect(row?.savedAtMs).toBe(Number(event?.occurred_at))
  })

  test('names the creator of the catalogue', async () => {
    const { vault, log, act } = open()
    const title = { visible: false, title: '', durationMs: 0, thumbnailUrl: '' }
    vault.catalogue.set('4242', { creatorId: '61', ...title })
    await act(true)
    expect(log.batches[0]?.events[0]?.creator_id).toBe(61n)
  })

  test('that changes nothing emits nothing and answers alike', async () => {
    const { act, types } = open()
    expect(await act(false)).toMatchObject({ kind: 'done' })
    const first = await act(true)
    expect(await act(true)).toEqual(first)
    expect(await act(false)).toMatchObject({ kind: 'done' })
    expect(await act(false)).toMatchObject({ kind: 'done' })
    expect(types()).toEqual(['save', 'unsave'])
  })

  test('after another on the same pair stands above it, however close they come', async () => {
    const { clock, vault, acts, types } = open()
    const wanted = [true, false, true, true, false, true]
    const all = Promise.all(wanted.map((saved) => acts.act({ ...pair, saved })))
    await clock.advance(60_000)
    await all
    expect(types()).toEqual(['save', 'unsave', 'save', 'unsave', 'save'])
    expect(vault.rows.get('61/4242')?.saved).toBe(true)
  })

  test('shares its call with acts on other pairs, and goes to one partition each', async () => {
    const { clock, vault, log, acts } = open()
    const videos = Array.from({ length: 200 }, (_, index) => String(index + 1))
    const all = Promise.all(videos.map((videoId) => acts.act({ ...pair, videoId, saved: true })))
    await clock.advance(100)
    await all
    expect(vault.rows.size).toBe(200)
    expect(log.batches.length).toBeLessThan(10)
    expect(log.partitions.every((partition) => partition < 4)).toBe(true)
  })

  test('is a conflict when the pair’s state lies too far ahead', async () => {
    const { clock, vault, act, types } = open()
    const savedAtMs = clock.nowMs() + 11 * 60_000
    const version = BigInt(savedAtMs) << 21n
    vault.rows.set('61/4242', { ...pair, saved: true, savedAtMs, version })
    const outcome = act(false)
    expect(await outcome).toEqual({ kind: 'conflict' })
    expect(types()).toEqual([])
  })
})

describe('when the log does not acknowledge', () => {
  test('an act fails, is not in the vault, and can be sent again', async () => {
    const { vault, log, act } = open()
    log.state = 'away'
    expect(await act(true)).toBe('failed')
    expect(vault.rows.size).toBe(0)
    log.state = 'answers'
    expect(await act(true)).toMatchObject({ kind: 'done' })
  })

  test('what may be there all the same is undone by an unsave that knows of no save', async () => {
    const { log, act, types } = open()
    log.state = 'lost'
    expect(await act(true)).toBe('failed')
    log.state = 'answers'
    expect(await act(false)).toMatchObject({ kind: 'done' })
    expect(types()).toEqual(['save', 'unsave'])
    const [save, unsave] = log.batches.flatMap(({ events }) => events)
    expect(unsave?.occurred_at).toBeGreaterThan(save?.occurred_at ?? 0n)
  })
})

describe('when the vault does not answer', () => {
  test('an act that the log has is told as logged, and is not sent twice', async () => {
    const { vault, act, types } = open()
    vault.away = true
    expect(await act(true)).toMatchObject({ kind: 'logged' })
    expect(await act(true)).toMatchObject({ kind: 'logged' })
    expect(types()).toEqual(['save'])
  })

  test('it can be undone before the consumer has written it', async () => {
    const { vault, act, types } = open()
    vault.away = true
    await act(true)
    vault.away = false
    expect(await act(false)).toMatchObject({ kind: 'done' })
    expect(types()).toEqual(['save', 'unsave'])
    expect(vault.rows.get('61/4242')?.saved).toBe(false)
  })

  test('what the consumer has written since is believed', async () => {
    const { clock, vault, act, types } = open()
    vault.away = true
    await act(true)
    vault.away = false
    const savedAtMs = clock.nowMs()
    const version = (BigInt(savedAtMs) << 21n) | (1n << 20n)
    vault.rows.set('61/4242', { ...pair, saved: false, savedAtMs, version })
    expect(await act(false)).toMatchObject({ kind: 'done' })
    expect(types()).toEqual(['save'])
  })
})

// A simulated platform from `npm start` on: its past is counted exactly, whatever is killed, and goes on where it was.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { openStarts } from '../../support/starts.ts'
import type { Start } from '../../support/starts.ts'

const starts = openStarts()
const { dataDir } = starts
afterAll(() => starts[Symbol.asyncDispose]())

const size = ['--events', '120000', '--days', '8', '--videos', '90', '--creators', '12']
const truthPath = join(dataDir, 'simulator', 'truth.ndjson')
const stateSchema = z.object({
  begin_ms: z.number(),
  days_sent: z.number(),
  history_sent: z.boolean(),
  live_through_ms: z.number(),
})

function simulation(): z.infer<typeof stateSchema> {
  const text = readFileSync(join(dataDir, 'simulator', 'state.json'), 'utf8')
  return stateSchema.parse(JSON.parse(text))
}

function pidOf(name: string): number | null {
  const processes = readPlatformState(dataDir)?.processes ?? []
  return processes.find((each) => each.name === name)?.pid ?? null
}

describe('a simulated platform', () => {
  let run: Start

  test('is counted exactly, per video and day, though its simulator was killed on the way', async () => {
    run = starts.start(...size, '--viewers', '3000')
    const begun = (): number => {
      try {
        return simulation().days_sent
      } catch {
        return 0
      }
    }
    await expect.poll(begun, { timeout: 60_000, interval: 10 }).toBeGreaterThan(0)
    expect(simulation().history_sent).toBe(false)
    process.kill(pidOf('simulator') ?? 0, 'SIGKILL')
    await starts.untilUp(run)
    expect(simulation().history_sent).toBe(true)
    // Once started again after the kill, and not more often.
    expect(run.output().match(/simulator: warn:.*starting it again/g)).toHaveLength(1)

    const { code, text } = await starts.keepsake('verify', '--truth', '--wait', '60')
    expect(text).toMatch(/^8 days, .*90 videos of 12 creators$/m)
    expect(text).toContain('0 differences')
    expect(code).toBe(0)
    const compared = Number(/^([\d,]+) numbers/m.exec(text)?.[1]?.replaceAll(',', ''))
    // 90 videos on 8 days with 16 metrics; some of hidden videos are suppressed.
    expect(compared).toBeGreaterThan(11_000)
  })

  test('is found out when one number is not what happened', async () => {
    const changed = join(dataDir, 'changed.ndjson')
    const lines = readFileSync(truthPath, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.includes('"likes":'))
    const [, day, video, likes] =
      /"day":"([\d-]+)".*"video_id":"(\d+)".*"likes":(\d+)/.exec(lines[at] ?? '') ?? []
    const more = (lines[at] ?? '').replace(`"likes":${likes}`, `"likes":${Number(likes) + 1}`)
    writeFileSync(changed, lines.with(at, more).join('\n'))
    const { code, text } = await starts.keepsake('verify', '--truth', changed)
    expect(text).toContain(
      `video ${video} on ${day}: likes is ${likes}, and was ${Number(likes) + 1}`,
    )
    expect(text).toContain('1 differences')
    expect(code).toBe(1)
  })

  test('shows its star first, with numbers to see', () => {
    expect(run.output()).toMatch(/^creator 900 /m)
    expect(run.output()).toMatch(/^creator 903 /m)
    expect(run.output()).toMatch(
      /^creator 900, .* most viewed first\n *video +views +likes\n *\d+ +\d{2,}/m,
    )
  })

  test('goes on with the same past at the next start, whatever size is the default', async () => {
    const before = simulation()
    run.child.kill('SIGINT')
    expect(await starts.ended(run)).toBe(0)
    run = starts.start()
    await starts.untilUp(run)
    await expect
      .poll(() => simulation().live_through_ms, { timeout: 20_000 })
      .toBeGreaterThanOrEqual(before.live_through_ms)
    expect(simulation().begin_ms).toBe(before.begin_ms)
    const { text } = await starts.keepsake('verify', '--truth', '--wait', '30')
    expect(text).toContain(' 0 differences')
    run.child.kill('SIGINT')
    expect(await starts.ended(run)).toBe(0)
  })

  test('is not begun over in another size, and says what to do', async () => {
    run = starts.start('--events', '5000')
    expect(await starts.ended(run)).toBe(1)
    expect(run.output()).toMatch(/SIMULATOR_EVENTS: .*begun with 120000.*--fresh/)
  })
})

// A15: who runs the platform watches a quiet one while the target saves, or only views, or does nothing.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { ask } from '#infra/runtime/ops-client.ts'
import { readPlatformState } from '#infra/servers/platform-state.ts'
import { createEventMaker } from '../support/events.ts'
import { eventually, keepsakeEnd, platform, post, putVideos } from '../support/outside.ts'
import { report, store, tokens } from '../support/outside.ts'
import { lastFinished } from '../support/published.ts'
import { differencesOf } from './watching.ts'
import type { Watched } from './watching.ts'

const HOUR_MS = 3_600_000
const creator = '779001'
const video = '7790011'
const { make } = createEventMaker(779)
const publishedMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS

const processes = (): readonly { readonly name: string; readonly port: number }[] =>
  (readPlatformState(platform.dataDir)?.processes ?? []).flatMap(({ name, ops_port: port }) =>
    port === undefined ? [] : [{ name, port }],
  )

async function metricsNow(): Promise<ReadonlyMap<string, string>> {
  const texts = processes().map(async ({ name, port }): Promise<[string, string]> => {
    return [name, (await ask(`http://127.0.0.1:${port}/metrics`)) ?? '']
  })
  return new Map(await Promise.all(texts))
}

/** Of keepsake's own processes: those of Kafka and ClickHouse write of their own work. */
function linesNow(): readonly string[] {
  const folder = join(platform.dataDir, 'logs')
  const names = processes().map(({ name }) => name)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.log') && names.some((name) => file.startsWith(name)))
    .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
}

async function screensNow(): Promise<ReadonlyMap<string, string>> {
  const { stdout, stderr } = await keepsakeEnd('status')
  const own = await tokens.creator(creator)
  const refused = await report(own, { metrics: 'saves', filters: 'video==7790099' })
  return new Map([
    ['status', stdout + stderr],
    ['a refused report', refused.text],
  ])
}

const countSchema = z.object({ acts: z.coerce.number() })
let acted = 0

async function awaitStored(): Promise<void> {
  await using vault = store('vault', 'admin')
  await eventually('the act', async () => {
    const [found] = await vault.rows(
      countSchema,
      'select count() as acts from vault.facts where video_id = {video:UInt64}',
      { video: BigInt(video) },
    )
    return found?.acts === acted ? { found } : { seen: found }
  })
  const from = Date.now()
  await eventually('a pass that began later', async () => {
    const last = await lastFinished()
    return (last?.watermarkMs ?? 0) > from ? { found: true } : { seen: last }
  })
}

/** Watches from before an act of the target until it is counted. */
async function watch(type: string | null): Promise<Watched> {
  const [before, lines] = [await metricsNow(), new Set(linesNow())]
  if (type !== null) {
    await post([make(type, { user: 7_790_900, video, creator, atMs: Date.now() - 1000 })])
    acted += 1
  }
  await awaitStored()
  const after = await metricsNow()
  return {
    lines: linesNow().filter((line) => !lines.has(line)),
    metrics: new Map([...after].map(([name, text]) => [name, [before.get(name) ?? '', text]])),
    screens: await screensNow(),
  }
}

beforeAll(async () => {
  await putVideos([{ videoId: video, creatorId: creator, publishedMs }])
  // Until everything is as it is on a platform that has counted before.
  await watch('view')
}, 120_000)

/** A quarter of an hour that ends meanwhile shows as well, once; what tells of an act shows every time. */
const TRIES = 3

test('a save looks like a view, and like nothing at all', async () => {
  let differences: readonly string[] = ['not watched']
  for (let time = 0; time < TRIES && differences.length > 0; time++) {
    const [nothing, viewed, saved] = [await watch(null), await watch('view'), await watch('save')]
    expect(saved.metrics.size).toBeGreaterThan(5)
    expect(saved.screens.get('status')).toContain('sealer')
    differences = [...differencesOf(viewed, saved), ...differencesOf(nothing, saved)]
  }
  expect(differences).toEqual([])
}, 180_000)

// Gives the `*.real.test.ts` files a real platform a lane, started when the lane's first file asks for it, on free ports and in a data folder of its own; and ends them all.
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { readConfig } from '#infra/runtime/config.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { openPlatform } from '#infra/servers/platform.ts'
import type { RunningPlatform } from './running-platform.ts'

interface LanePlatform extends AsyncDisposable {
  readonly running: RunningPlatform
}

/**
 * A fifth of what a platform has unless it is told otherwise: files wait for passes most of the time, and
 * for days to be quiet, which is told in passes. One without much work takes 0.1 to 0.3 s.
 */
const SEALER_PASS_MS = 1000

const issuer = { issuer: 'keepsake-local', audience: 'keepsake' }

async function openLane(lane: string): Promise<LanePlatform> {
  const { common } = readConfig(['common'])
  const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-test-'))
  const startedAtMs = systemClock.nowMs()
  const platform = await openPlatform({
    dataDir,
    jarsDir: common.KEEPSAKE_DATA_DIR,
    ports: { collector: 0, saves: 0, reports: 0 },
    issuer,
    simulation: null,
    sealerPassMs: SEALER_PASS_MS,
    logLevel: 'info',
    clock: systemClock,
    stop: new AbortController().signal,
    tell: () => undefined,
    step: (_title, work) => work(),
  })
  const tookS = ((systemClock.nowMs() - startedAtMs) / 1000).toFixed(1)
  process.stderr.write(
    `the platform of lane ${lane} is up after ${tookS} s, its logs are in ${dataDir}/logs\n`,
  )
  return {
    running: {
      dataDir,
      collectorUrl: platform.collectorUrl,
      savesUrl: platform.savesUrl,
      reportsUrl: platform.reportsUrl,
      kafkaBrokers: platform.ground.kafkaBrokers,
      vaultUrl: platform.ground.vaultUrl,
      rollupsUrl: platform.ground.rollupsUrl,
    },
    async [Symbol.asyncDispose]() {
      await platform[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/**
 * Platforms are started in this process, which outlives the files of a lane. A test file asks for its
 * own by HTTP, `GET /LANE`, and waits for as long as a start takes: no platform idles beside tests
 * of other kinds, and a run of one file starts one.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const lanes = new Map<string, Promise<LanePlatform>>()
  const server = createServer((request, response) => {
    const lane = request.url?.slice(1) ?? ''
    const opening = lanes.get(lane) ?? openLane(lane)
    lanes.set(lane, opening)
    opening.then(
      ({ running }) => response.end(JSON.stringify(running)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the lanes have no port')
  project.provide('lanesUrl', `http://127.0.0.1:${address.port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    const ends = [...lanes.values()].map(async (opening) => {
      const lane = await opening.catch(() => null)
      await lane?.[Symbol.asyncDispose]()
    })
    await Promise.all(ends)
  }
}

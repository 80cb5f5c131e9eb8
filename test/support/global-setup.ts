// Starts one real platform for all `*.real.test.ts` files, on free ports and in a data folder of its own, and ends it.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { readConfig } from '#infra/runtime/config.ts'
import { systemClock } from '#infra/runtime/clock.ts'
import { openPlatform } from '#infra/servers/platform.ts'

/** What test files know of the platform: all of it can cross a process border. */
export interface RunningPlatform {
  readonly dataDir: string
  readonly collectorUrl: string
  readonly savesUrl: string
  readonly reportsUrl: string
  readonly kafkaBrokers: string
  readonly vaultUrl: string
  readonly rollupsUrl: string
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly platform: RunningPlatform
  }
}

const issuer = { issuer: 'keepsake-local', audience: 'keepsake' }

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { common } = readConfig(['common'])
  const dataDir = mkdtempSync(join(tmpdir(), 'keepsake-test-'))
  const startedAtMs = systemClock.nowMs()
  const platform = await openPlatform({
    dataDir,
    jarsDir: common.KEEPSAKE_DATA_DIR,
    ports: { collector: 0, saves: 0, reports: 0 },
    issuer,
    simulation: null,
    logLevel: 'info',
    clock: systemClock,
    stop: new AbortController().signal,
    tell: () => undefined,
    step: (_title, work) => work(),
  })
  const tookS = ((systemClock.nowMs() - startedAtMs) / 1000).toFixed(1)
  process.stderr.write(`a real platform is up after ${tookS} s, its logs are in ${dataDir}/logs\n`)
  project.provide('platform', {
    dataDir,
    collectorUrl: platform.collectorUrl,
    savesUrl: platform.savesUrl,
    reportsUrl: platform.reportsUrl,
    kafkaBrokers: platform.ground.kafkaBrokers,
    vaultUrl: platform.ground.vaultUrl,
    rollupsUrl: platform.ground.rollupsUrl,
  })
  return async () => {
    await platform[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

// Loaded before a process of a trial: patches its source, and strikes it at the point that it was armed for.
import { appendFileSync, existsSync, readFileSync, renameSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { mutations } from './mutations.ts'
import { patchSource } from './source-patches.ts'
import type { SourcePatch } from './source-patches.ts'
import { strikePatches } from './strike-points.ts'
import { armedFile, hitsFile, mutationFile } from './strike-files.ts'

interface Trial {
  /** Told whenever a named point is passed. */
  reach(point: string): void
  /** The body of an insert, which ends in a strike in the middle when that is armed. */
  halfBody(body: Readable): Readable
}

declare global {
  var keepsakeTrial: Trial
}

/** Names of processes by the folder of their `main.ts`. */
const processNames: Readonly<Record<string, string>> = {
  'producers/collector': 'collector',
  'consumers/facts': 'facts',
  'consumers/saves': 'saves',
  'consumers/notifications': 'notifications',
  'consumers/sealer': 'sealer',
  'queries/saves': 'saves-api',
}

const main = process.argv[1] ?? ''
const folder = Object.keys(processNames).find((each) => main.endsWith(`${each}/main.ts`))
const dataDir = process.env['KEEPSAKE_DATA_DIR']
if (folder !== undefined && dataDir !== undefined) prepare(processNames[folder] ?? '', dataDir)

function prepare(name: string, trialDir: string): void {
  const armed = armedFile(trialDir, name)

  /** How the process is armed for a point; whoever asks first has it. */
  function claim(point: string): 'SIGKILL' | 'SIGSTOP' | null {
    if (!existsSync(armed)) return null
    const [wanted, signal] = readFileSync(armed, 'utf8').split(' ')
    if (wanted !== point) return null
    try {
      renameSync(armed, `${armed}.${process.pid}`)
    } catch {
      // Another process of the same name was faster.
      return null
    }
    return signal === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL'
  }

  function strike(point: string, signal: 'SIGKILL' | 'SIGSTOP'): void {
    appendFileSync(hitsFile(trialDir), `${name}.${point} ${process.pid}\n`)
    process.kill(process.pid, signal)
    // Not one line further, however the kernel takes its time.
    if (signal === 'SIGKILL') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  }

  async function* inHalf(body: Readable, signal: 'SIGKILL' | 'SIGSTOP'): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
      yield bytes.subarray(0, bytes.length / 2)
      await sleep(50)
      strike('half-body', signal)
      yield bytes.subarray(bytes.length / 2)
    }
  }

  globalThis.keepsakeTrial = {
    reach(point) {
      const signal = claim(point)
      if (signal !== null) strike(point, signal)
    },
    halfBody(body) {
      const signal = claim('half-body')
      return signal === null ? body : Readable.from(inHalf(body, signal), { objectMode: false })
    },
  }
  patchModules([...patchesOf(trialDir), ...strikePatches])
}

/** Those of the mutation that is to be loaded. They come first: strike points are sought in what they leave. */
function patchesOf(trialDir: string): readonly SourcePatch[] {
  const file = mutationFile(trialDir)
  if (!existsSync(file)) return []
  const wanted = readFileSync(file, 'utf8')
  const found = Object.entries(mutations).find(([name]) => name === wanted)
  if (found === undefined) throw new Error(`there is no mutation ${wanted}`)
  return found[1]
}

function patchModules(patches: readonly SourcePatch[]): void {
  const root = new URL('../../', import.meta.url)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const own = patches.filter(({ file }) => url === new URL(file, root).href)
      if (own.length === 0) return loaded
      const original = readFileSync(new URL(url), 'utf8')
      return { ...loaded, source: patchSource(original, own) }
    },
  })
}

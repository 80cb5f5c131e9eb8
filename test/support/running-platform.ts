// What a test file knows of the platform of its lane, and how it gets one: files of one lane run one after the other.
import { inject } from 'vitest'
import { z } from 'zod'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where platforms are asked for: `GET /LANE`. */
    readonly lanesUrl: string
  }
}

/** All of it crosses a process border. */
const runningSchema = z.object({
  dataDir: z.string(),
  collectorUrl: z.string(),
  savesUrl: z.string(),
  reportsUrl: z.string(),
  kafkaBrokers: z.string(),
  vaultUrl: z.string(),
  rollupsUrl: z.string(),
})

export type RunningPlatform = Readonly<z.infer<typeof runningSchema>>

/**
 * The platform of this worker's lane, started if it is the first to ask. Vitest numbers the workers
 * that run at the same time from 1 on, and gives a number to the next file only once the last is done.
 * @throws with the reason when it could not be started.
 */
export async function platformOfLane(): Promise<RunningPlatform> {
  const response = await fetch(`${inject('lanesUrl')}/${process.env['VITEST_POOL_ID'] ?? '1'}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`there is no platform: ${text}`)
  return runningSchema.parse(JSON.parse(text))
}

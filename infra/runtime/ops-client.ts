// Reads what a process of ours says of itself on its operators' port.
import { z } from 'zod'

const readySchema = z.object({ ready: z.boolean(), why: z.string().optional() })

const ANSWER_LIMIT_MS = 3000

/** Whether a process is ready, and why it is not; null while it does not answer. */
export async function readReadiness(
  opsPort: number,
): Promise<{ readonly ready: boolean; readonly why?: string | undefined } | null> {
  const text = await ask(`http://127.0.0.1:${opsPort}/ready`)
  return text === null ? null : readySchema.parse(JSON.parse(text))
}

/** The metrics without labels of a process, by name; null while it does not answer. */
export async function readMetrics(opsPort: number): Promise<ReadonlyMap<string, number> | null> {
  const text = await ask(`http://127.0.0.1:${opsPort}/metrics`)
  if (text === null) return null
  return new Map(
    text.split('\n').flatMap((line) => {
      const [name = '', value] = line.split(' ')
      return value === undefined || name.startsWith('#') ? [] : [[name, Number(value)] as const]
    }),
  )
}

/** The body of an answer, whatever its status; null when there is none in time. */
export async function ask(url: string): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) })
    return await response.text()
  } catch {
    return null
  }
}

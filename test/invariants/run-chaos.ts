// Runs the program of trials as a child, its progress in the test's own output.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('./chaos.ts', import.meta.url))

/** @returns the exit code, and the last line parsed as JSON. */
export async function chaos(
  ...args: readonly string[]
): Promise<{ readonly code: unknown; readonly last: unknown }> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  const [code]: unknown[] = await once(child, 'close')
  const last: unknown = JSON.parse((await output).trimEnd().split('\n').at(-1) ?? 'null')
  return { code, last }
}

// Lines of a long script for whoever watches it: each behind the seconds that have passed.

/** @returns what writes a line to standard error. */
export function openElapsedLines(): (line: string) => void {
  const startedMs = Date.now()
  return (line) => {
    const seconds = Math.round((Date.now() - startedMs) / 1000)
    process.stderr.write(`${String(seconds).padStart(5)} s  ${line}\n`)
  }
}

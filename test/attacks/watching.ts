// What somebody who runs the platform can watch, and in what two stretches of it differ beside their times.

export interface Watched {
  /** What processes wrote down meanwhile, line by line. */
  readonly lines: readonly string[]
  /** Text of `/metrics`, by process: at the begin and at the end. */
  readonly metrics: ReadonlyMap<string, readonly [before: string, after: string]>
  /** Screens and refusals at the end, by name. */
  readonly screens: ReadonlyMap<string, string>
}

/** Of a process and its clock: they differ from one second to the next, whatever is done. */
const ownOfProcess = /^process_|_seconds$/

/**
 * What tells two stretches apart: kinds of log lines, series (names and labels) of metrics, by how much
 * they rose, and screens. Numbers of log lines and screens are left out; exact totals are searched for elsewhere.
 */
export function differencesOf(one: Watched, other: Watched): readonly string[] {
  const [a, b] = [tellingOf(one), tellingOf(other)]
  return [...a, ...b].filter((each) => !a.has(each) || !b.has(each)).toSorted()
}

function tellingOf({ lines, metrics, screens }: Watched): ReadonlySet<string> {
  return new Set([
    ...lines.map((line) => `log: ${shapeOf(line)}`),
    ...[...metrics].flatMap(([process, texts]) => risesOf(process, texts)),
    ...[...screens].map(([name, text]) => `${name}: ${shapeOf(text)}`),
  ])
}

/** Text without its numbers, and however wide its columns are. */
function shapeOf(text: string): string {
  return text.replaceAll(/[0-9][0-9.:,TZ-]*/g, '#').replaceAll(/\s+/g, ' ')
}

function risesOf(process: string, [before, after]: readonly [string, string]): readonly string[] {
  const began = seriesOf(before)
  return [...seriesOf(after)].map(([series, value]) => {
    const rise = ownOfProcess.test(series) ? '' : ` +${value - (began.get(series) ?? 0)}`
    return `metric: ${process} ${series}${rise}`
  })
}

/** Values by name and labels. */
function seriesOf(text: string): ReadonlyMap<string, number> {
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    series.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

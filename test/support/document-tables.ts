// Tables of figures in documents: each stands between two comments, and is written anew by the program that computes it.

/**
 * The document with another table in the place of that name, between `<!-- name -->` and
 * `<!-- end of name -->`.
 * @throws Error where the document has no such place.
 */
export function withTable(document: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->\n\n`, `\n\n<!-- end of ${name} -->`]
  const from = document.indexOf(begin)
  const to = document.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the document lacks ${begin.trim()} ... ${end.trim()}`)
  return document.slice(0, from + begin.length) + table + document.slice(to)
}

/** Cells padded as oxfmt does it, so that a document that was written passes its check. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows]
  const widths = head.map((_each, column) =>
    Math.max(3, ...lines.map((line) => (line[column] ?? '').length)),
  )
  const render = (line: readonly string[]): string =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [render(head), rule, ...rows.map(render)].join('\n')
}

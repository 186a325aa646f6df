const DELIMITERS = [',', ';', '\t', '|'] as const

const SEPARATOR_LINE = /^\uFEFF?"?sep=(.)"?[ \t]*(?:\r|\n|$)/i

/** What Excel's line `sep=;` says, which may stand before the header. */
export function statedDelimiter(start: string): string | undefined {
  return SEPARATOR_LINE.exec(start)?.[1]
}

/** Whether a record is that line, whatever it was split by. */
export function isSeparatorLine(cells: readonly string[], line: number): boolean {
  return line === 1 && /^sep=.?$/i.test(cells[0] ?? '') && cells.length <= 2 && (cells[1] ?? '') === ''
}

/** Lines without any delimiter, such as titles, that are passed over in the search for one. */
const MOST_LINES = 20

/** The delimiter that occurs most often outside quotes in the first line that has one; a comma when none does. */
export function sniffDelimiter(start: string): string {
  const counts = new Map<string, number>(DELIMITERS.map((delimiter) => [delimiter, 0]))
  let quoted = false
  let lines = 0
  for (const character of start) {
    if (character === '"') quoted = !quoted
    else if (!quoted && character === '\n') {
      lines += 1
      if (lines >= MOST_LINES || [...counts.values()].some((count) => count > 0)) break
    } else if (!quoted && counts.has(character)) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  const [best] = [...counts].toSorted((a, b) => b[1] - a[1])
  return best?.[0] ?? ','
}

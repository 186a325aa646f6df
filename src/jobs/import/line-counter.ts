const NEWLINE = 0x0a

/**
 * Says on which physical line a record starts, from the parser's byte offsets. csv-parse's own count takes a line break
 * of two characters inside quotes for two lines.
 */
export function createLineCounter() {
  let chunks: { readonly bytes: Buffer; readonly start: number }[] = []
  let received = 0
  let counted = 0
  let newlines = 0
  let lastByte = 0

  /** Line breaks before an offset; offsets only grow, save for those already passed. */
  const advanceTo = (offset: number) => {
    for (const { bytes, start } of chunks) {
      const end = Math.min(offset - start, bytes.length)
      for (
        let at = bytes.indexOf(NEWLINE, counted - start);
        at !== -1 && at < end;
        at = bytes.indexOf(NEWLINE, at + 1)
      ) {
        newlines += 1
      }
      if (end > 0) lastByte = bytes[end - 1] ?? 0
      counted = Math.max(counted, start + Math.max(end, 0))
      if (offset <= start + bytes.length) break
    }
    chunks = chunks[0] && chunks[0].start + chunks[0].bytes.length <= counted ? chunks.slice(1) : chunks
  }
  return {
    add: (bytes: Buffer) => {
      chunks = [...chunks, { bytes, start: received }]
      received += bytes.length
    },
    lineAt: (offset: number) => {
      if (offset > counted) advanceTo(offset)
      return newlines + 1
    },
    startOfRecord: (endOffset: number, cells: readonly string[]) => {
      const before = newlines
      advanceTo(endOffset)
      const ended = lastByte === NEWLINE ? 1 : 0
      const inside = newlines - before === ended ? 0 : breaksIn(cells)
      return newlines + 1 - ended - inside
    },
  }
}

function breaksIn(cells: readonly string[]): number {
  return cells.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0)
}

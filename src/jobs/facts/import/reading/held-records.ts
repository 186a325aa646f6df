import { isFooter, isLone, type Leftover } from '../../../../core/facts/import/reading/leftovers.ts'

interface FileRecord {
  readonly cells: readonly string[]
  readonly line: number
  /** Blank lines or rows lie before it. */
  readonly isApart: boolean
}

interface Handlers {
  readonly onPassedOver: (what: Leftover, line: number) => void
  readonly onRecord: (record: FileRecord) => void
  /** The pieces of one record that was broken by line ends in a cell without quotes. */
  readonly onBroken: (pieces: readonly FileRecord[]) => void
  /** Whether the pieces make a good record when they are joined. */
  readonly isGood: (cells: readonly string[]) => boolean
}

/** The records below a header: rows, and what is passed over. @param after the line before the first of them */
export function createRowRecords(
  columnCount: number,
  {
    leftoverOf,
    after,
  }: { readonly leftoverOf: (cells: readonly string[]) => Leftover | undefined; readonly after: number },
  handlers: Handlers,
) {
  const held = createHeldRecords(columnCount, handlers)
  let last = after
  let isApart = false
  return {
    take: (cells: readonly string[], line: number): void => {
      const leftover = leftoverOf(cells)
      if (leftover === undefined) held.take({ cells, line, isApart: isApart || line > last + 1 })
      else {
        held.settle()
        handlers.onPassedOver(leftover, line)
      }
      isApart = leftover === 'blank'
      last = line
    },
    /** A line that was dealt with elsewhere lies before the next. */
    passed: (line: number): void => void (last = line),
    settle: held.settle,
    end: held.end,
  }
}

/** More records in a row that are short are no broken record and no footer, but how the file is. */
const MOST_HELD = 16

/**
 * Holds back records that end early until it is clear what they are. At the end of a file they may be its footer; where
 * several together have the cells of one, and make a good one, a line end has broken it; else a spreadsheet has left out empty
 * cells. What is held is handed over in its order, before anything that comes after it.
 */
function createHeldRecords(columnCount: number, handlers: Handlers) {
  let held: FileRecord[] = []
  const settle = (isEnd: boolean) => {
    if (held.length === 0) return
    const records = held
    held = []
    const footer = isEnd ? footerStart(records) : records.length
    const rest = records.slice(0, footer)
    if (isBroken(rest)) handlers.onBroken(rest)
    else rest.forEach(handlers.onRecord)
    for (const { line } of records.slice(footer)) handlers.onPassedOver('footer', line)
  }
  const isBroken = (records: readonly FileRecord[]) =>
    records.length > 1 &&
    records.every(({ cells }) => cells.length < columnCount) &&
    records.reduce((sum, { cells }) => sum + cells.length - 1, 1) === columnCount &&
    handlers.isGood(joined(records))
  return {
    take: (record: FileRecord): void => {
      const { cells } = record
      if (columnCount > 1 && (cells.length < columnCount || isLone(cells))) {
        held.push(record)
        if (held.length > MOST_HELD) settle(false)
        return
      }
      settle(false)
      handlers.onRecord(record)
    },
    settle: () => settle(false),
    end: () => settle(true),
  }
}

/** Where the lines begin that a program puts under an export: from a blank line on, with one that tells what they are. */
function footerStart(records: readonly FileRecord[]): number {
  const others = records.findLastIndex(({ cells }) => !isLone(cells)) + 1
  const known = records.findIndex((record, index) => index >= others && isFooter(record.cells))
  if (known === -1) return records.length
  const apart = records.findLastIndex((record, index) => index <= known && index >= others && record.isApart)
  return apart === -1 ? known : apart
}

function joined(records: readonly FileRecord[]): string[] {
  const [first, ...others] = records.map(({ cells }) => [...cells])
  const cells = first ?? []
  for (const [continued = '', ...rest] of others) cells.splice(-1, 1, `${cells.at(-1) ?? ''}\n${continued}`, ...rest)
  return cells
}

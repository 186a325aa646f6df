import type { RowError } from '../../../core/facts/import/problems.ts'
import type { Leftover } from '../../../core/facts/import/reading/leftovers.ts'

/** Something that was met several times in a file; a number is a line. */
interface Met<What, First> {
  readonly what: What
  readonly count: number
  readonly first: First
}

/** What a file held that is neither data nor a rejected row. */
export interface Findings {
  /** Records that are none of the data: part of `filtered`. */
  readonly passedOver: readonly Met<Leftover, number>[]
  /** By column: cells that could not be read, of rows that were kept. */
  readonly unreadable: readonly Met<string, RowError>[]
  /** By column: cells of several ids, of which the first was taken. */
  readonly shortened: readonly Met<string, number>[]
  /** By column: rows with a time without an offset that was read as UTC. */
  readonly localTimes: readonly Met<string, number>[]
  /** Rows that say something else of an opportunity than another of this import, and the id of the first. */
  readonly contradicted: readonly Met<string, number>[]
  /** Records of which a list made several rows. */
  readonly parted: number
}

export function createFindings() {
  const passedOver = createCounter<Leftover, number>()
  const unreadable = createCounter<string, RowError>()
  const shortened = createCounter<string, number>()
  const localTimes = createCounter<string, number>()
  const contradicted = createCounter<string, number>()
  let parted = 0
  return {
    passedOver: (what: Leftover, line: number) => passedOver.add(what, line),
    unreadable: (error: RowError) => unreadable.add(error.column ?? '', error),
    shortened: (column: string, line: number) => shortened.add(column, line),
    localTime: (column: string, line: number) => localTimes.add(column, line),
    contradicted: (id: string, line: number) => contradicted.add(id, line),
    parted: () => void (parted += 1),
    all: (): Findings => ({
      passedOver: passedOver.all(),
      unreadable: unreadable.all(),
      shortened: shortened.all(),
      localTimes: localTimes.all(),
      contradicted: contradicted.all(),
      parted,
    }),
  }
}

function createCounter<What, First>() {
  const found = new Map<What, Met<What, First>>()
  return {
    add: (what: What, now: First) => {
      const { count, first } = found.get(what) ?? { count: 0, first: now }
      found.set(what, { what, count: count + 1, first })
    },
    all: (): readonly Met<What, First>[] => [...found.values()],
  }
}

const NAMES: Readonly<Record<Leftover, readonly [string, string]>> = {
  blank: ['blank row', 'blank rows'],
  total: ['row of totals', 'rows of totals'],
  footer: ['line of a footer', 'lines of a footer'],
  title: ['line before the header', 'lines before the header'],
}

export function passedOverNotes({ passedOver }: Findings): string[] {
  return passedOver.map(({ what, count, first }) => {
    const [one, several] = NAMES[what]
    return `${count} ${count === 1 ? one : several} passed over, from line ${first}`
  })
}

/** For the reader of the summary. */
export function findingNotes(findings: Findings): string[] {
  const { unreadable, shortened, localTimes, contradicted, parted } = findings
  return [
    ...passedOverNotes(findings).map((note) => `${note} (counted as filtered)`),
    ...(parted === 0
      ? []
      : [`${parted} ${parted === 1 ? 'record was' : 'records were'} split into a row for each item`]),
    ...shortened.map(({ what, count, first }) => {
      const cells = count === 1 ? '1 cell of' : `${count} cells of`
      return `${cells} ${JSON.stringify(what)} held several ids: the first was taken (line ${first})`
    }),
    ...localTimes.slice(0, 1).map(({ what, first }) => localTimeNote(what, `, first in line ${first}`)),
    ...contradictedNote(contradicted),
    ...unreadable.map(({ what, count, first }) => {
      const cells = count === 1 ? '1 cell of' : `${count} cells of`
      const value = first.value === null ? '' : `, ${JSON.stringify(first.value)}`
      return `${cells} ${JSON.stringify(what)} could not be read and ${count === 1 ? 'is' : 'are'} unknown; the first: line ${first.line}${value}: ${first.message}`
    }),
  ]
}

function contradictedNote(contradicted: Findings['contradicted']): string[] {
  const [met] = contradicted
  if (!met) return []
  const { length } = contradicted
  const they = length === 1 ? '1 opportunity has rows' : `${length} opportunities have rows`
  return [
    `${they} that contradict each other; the first: line ${met.first}, ${JSON.stringify(met.what)}. Without known_at the later close counts, of two ` +
      'on one day the later line, and beside a close no open row: leave one row of each',
  ]
}

/** @param place where the first is, if that is known */
export function localTimeNote(column: string, place = ''): string {
  return `times without an offset were read as UTC (${JSON.stringify(column)}${place}): say --time-zone if they are of another zone`
}

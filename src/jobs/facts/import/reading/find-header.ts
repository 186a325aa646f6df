import { type HeaderResult, planRows, type RowPlan } from '../../../../core/facts/import/header.ts'
import type { Mapping } from '../../../../core/facts/import/mapping.ts'
import { isBlank, isLone, leftoverReader } from '../../../../core/facts/import/reading/leftovers.ts'
import { AppError } from '../../../../errors.ts'
import { hintOf } from '../../../../core/facts/recognition/other-system.ts'
import type { Companions } from '../beside.ts'
import { isSeparatorLine } from '../delimiter.ts'
import { knownMappings } from '../presets.ts'

export interface Header {
  readonly line: number
  readonly cells: readonly string[]
}

interface Candidate {
  readonly cells: readonly string[]
  readonly line: number
}

/** What a header is checked against. */
export interface HeaderOptions {
  readonly mapping: Mapping
  readonly hasDefaultSource: boolean
}

const MOST_LINES = 20
/** A title may have a value beside it: `As of`, `2024-01-01`. */
const MOST_TITLE_CELLS = 2

/** With the columns that other files add. */
export function planHeader(
  cells: readonly string[],
  { mapping, hasDefaultSource }: HeaderOptions,
  companions: Companions,
): HeaderResult {
  return planRows([...cells, ...companions.forHeader(cells).names], mapping, hasDefaultSource)
}

/**
 * Looks for the header among the first records: the first that holds something, or, where that is a title, one that has all
 * that the mapping needs. Then compares the rows where a column is there twice, or has no name.
 */
export function createHeaderSearch(path: string, options: HeaderOptions, companions: Companions) {
  const plan = (cells: readonly string[]) => planHeader(cells, options, companions)
  const candidates: Candidate[] = []
  let header: Header | undefined
  let comparison: ReturnType<typeof columnComparison>
  let isOver = false
  return {
    take: (cells: readonly string[], line: number): void => {
      if (header) {
        comparison?.take(cells, line)
        return
      }
      if (isSeparatorLine(cells, line) || isBlank(cells)) return
      isOver ||= candidates.length > 0 && (line > MOST_LINES || !candidates.every(isTitle))
      if (isOver) return
      candidates.push({ cells, line })
      const found = plan(cells)
      if (found.kind === 'refused') return
      header = { cells, line }
      comparison = columnComparison(path, found.plan)
    },
    /** Whether more records would change nothing. */
    isDone: (): boolean => (header ? comparison === undefined : isOver),
    /** @throws AppError ImportRefused with what is wrong with the header */
    end: (): Header => {
      if (candidates.length === 0) throw new AppError('ImportRefused', `${path} is empty: expected a header line`)
      if (!header) refuseHeader(path, candidates, plan)
      comparison?.end()
      return header
    },
  }
}

function isTitle({ cells }: Candidate): boolean {
  return filledCells(cells) <= MOST_TITLE_CELLS
}

/** What is wrong with the likeliest header: the first record with the most cells. */
function refuseHeader(
  path: string,
  candidates: readonly Candidate[],
  plan: (cells: readonly string[]) => HeaderResult,
): never {
  const most = Math.max(...candidates.map(({ cells }) => filledCells(cells)))
  const [first] = candidates
  const likeliest = first && isTitle(first) ? candidates.find(({ cells }) => filledCells(cells) === most) : first
  const cells = likeliest?.cells ?? []
  const result = plan(cells)
  const problems = result.kind === 'refused' ? result.problems : ['expected the header on the first line']
  const hint = hintOf(cells, knownMappings())
  const lines = hint === '' ? problems : [...problems, hint]
  throw new AppError('ImportRefused', lines.map((found) => `${path}: ${found}`).join('\n'))
}

function filledCells(cells: readonly string[]): number {
  return cells.filter((cell) => cell.trim() !== '').length
}

/** Undefined where each column that is read is there once, and has a name. */
function columnComparison(path: string, plan: RowPlan) {
  const { names, repeated, nameless } = plan
  if (repeated.length === 0 && nameless.length === 0) return undefined
  const leftoverOf = leftoverReader(plan)
  let compared = 0
  const refuse = (message: string) => {
    throw new AppError('ImportRefused', `${path}: ${message}`)
  }
  const twice = (places: readonly number[]) => {
    const [name] = places.map((place) => JSON.stringify(names[place]))
    return `column ${name} appears twice in the header, as columns ${places.map((place) => place + 1).join(' and ')}`
  }
  return {
    take: (cells: readonly string[], line: number) => {
      if (isLone(cells) || leftoverOf(cells) !== undefined) return
      compared += 1
      const cell = (place: number) => (cells[place] ?? '').trim()
      for (const places of repeated) {
        const [one = '', other] = [...new Set(places.map(cell))]
        if (other !== undefined)
          refuse(
            `${twice(places)}, with ${JSON.stringify(one)} and ${JSON.stringify(other)} on line ${line}: leave one out`,
          )
      }
      for (const place of nameless)
        if (cell(place) !== '')
          refuse(
            `column ${place + 1} has no name in the header, and holds ${JSON.stringify(cell(place))} on line ${line}: name it, or leave it out`,
          )
    },
    end: () => {
      const [places] = repeated
      if (places && compared === 0) refuse(`${twice(places)}, and no row says the same in both: leave one out`)
    },
  }
}

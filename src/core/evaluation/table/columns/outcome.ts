import { didYouMean } from '../../../base/did-you-mean.ts'
import { isFalse, isTrue, wordOf } from './outcome-words.ts'
import { columnNamed, countBy, plainName, type Table, type TableColumn } from './table.ts'

/** `Stage=Closed Won`: a value that decides, as somebody stated it or as the words of the column have it. */
export interface Decision {
  readonly column: string
  readonly value: string
}

export interface OutcomeColumns {
  readonly won: readonly Decision[]
  readonly lost: readonly Decision[]
  /** What was read as no outcome yet, with the number of rows. */
  readonly open: readonly (Decision & { readonly rows: number })[]
  readonly why: string
  /** One per row; null while there is no outcome. */
  readonly outcomes: readonly ('won' | 'lost' | null)[]
}

export type OutcomeResult =
  | { readonly kind: 'found'; readonly outcome: OutcomeColumns }
  | { readonly kind: 'refused'; readonly message: string }

export interface StatedOutcome {
  /** As typed: `COLUMN=VALUE`. */
  readonly won?: readonly string[] | undefined
  readonly lost?: readonly string[] | undefined
}

const MOST_VALUES = 40
const OUTCOME_NAME =
  '(won|win|gewonnen|converted|conversion|konvertiert|outcome|target|label|success|erfolg|erfolgreich|purchased|bought|sale|sold|y|class|result|ergebnis|abschluss|status|stage)'
const NAMED_OUTCOME = new RegExp(
  `^((is|was|has|deal|opportunity|opp|lead|closed|final|sales) )*${OUTCOME_NAME}( (flag|indicator|yn|y n|status|label))*$`,
)
const NAMED_CLOSED = /^(is |deal |opportunity )?(closed|geschlossen)( deal| flag)?$/

/** Which rows were won and which lost: as stated, else by the names and the values of the columns. */
export function findOutcome(table: Table, stated: StatedOutcome): OutcomeResult {
  const isStated = (stated.won?.length ?? 0) + (stated.lost?.length ?? 0) > 0
  return isStated ? statedOutcome(table, stated) : guessedOutcome(table)
}

function statedOutcome(table: Table, stated: StatedOutcome): OutcomeResult {
  const won = (stated.won ?? []).map((text) => decisionOf(table, text, '--won'))
  const lost = (stated.lost ?? []).map((text) => decisionOf(table, text, '--lost'))
  const wrong = [...won, ...lost].find((one) => typeof one === 'string')
  if (wrong !== undefined) return { kind: 'refused', message: wrong }
  const [wins, losses] = [won as Decision[], lost as Decision[]]
  if (wins.length === 0) return refuse('--lost alone does not say which rows were won: give --won COLUMN=VALUE too')
  const found = losses.length > 0 ? losses : impliedLosses(table, wins)
  if (typeof found === 'string') return { kind: 'refused', message: found }
  const both = wins.find((win) => found.some((loss) => loss.column === win.column && loss.value === win.value))
  if (both) return refuse(`${shown(both)} is given as won and as lost`)
  return decided(table, wins, found, losses.length > 0 ? 'as stated' : 'won as stated, lost is the other value')
}

/** A column with `=` in its name is found too: the longest name that there is. */
function decisionOf(table: Table, text: string, option: string): Decision | string {
  const places = [...text.matchAll(/=/g)].map(({ index }) => index).toReversed()
  if (places.length === 0) return `${option} must be COLUMN=VALUE, got "${text}"`
  const place = places.find((at) => columnNamed(table, text.slice(0, at).trim()))
  const names = table.columns.map(({ name }) => name)
  if (place === undefined) {
    const name = text.slice(0, text.indexOf('=')).trim()
    return `${option}: the table has no column "${name}"${didYouMean(name, names)}. Its columns: ${names.slice(0, 30).join(', ')}`
  }
  const column = columnNamed(table, text.slice(0, place).trim()) as TableColumn
  const value = text.slice(place + 1).trim()
  const values = [...countBy(column.cells.filter((cell) => cell !== null))]
  const found = values.find(([cell]) => cell === value) ?? values.find(([cell]) => plainName(cell) === plainName(value))
  if (!found)
    return `${option}: no row has "${value}" in ${column.name}; it holds ${valuesOf(column)}${didYouMean(
      value,
      values.map(([cell]) => cell),
    )}`
  return { column: column.name, value: found[0] }
}

function impliedLosses(table: Table, won: readonly Decision[]): readonly Decision[] | string {
  const names = [...new Set(won.map(({ column }) => column))]
  const [name = ''] = names
  if (names.length > 1) return 'give --lost COLUMN=VALUE too: --won names several columns'
  const column = columnNamed(table, name) as TableColumn
  const rest = [...countBy(column.cells.filter((cell) => cell !== null)).keys()].filter(
    (value) => !won.some((win) => win.value === value),
  )
  const lost = rest.filter((value) => wordOf(value) === 'lost' || isFalse(value))
  const chosen = lost.length > 0 ? lost : rest.length === 1 ? rest : []
  if (chosen.length > 0 || rest.length === 0) return chosen.map((value) => ({ column: name, value }))
  return `which values of ${name} are lost? It holds ${valuesOf(column)}: give --lost "${name}=VALUE", several if need be; the others count as open`
}

interface Candidate {
  readonly column: TableColumn
  readonly won: readonly string[]
  readonly lost: readonly string[]
  readonly why: string
}

function guessedOutcome(table: Table): OutcomeResult {
  const words = table.columns.flatMap((column) => wordCandidate(column) ?? [])
  const flags = table.columns.flatMap((column) => flagCandidate(column) ?? [])
  const sides = (candidates: readonly Candidate[], most: boolean) =>
    candidates.filter(({ won, lost }) => (won.length > 0 && lost.length > 0) === most)
  for (const candidates of [sides(words, true), sides(flags, true), sides(words, false), sides(flags, false)]) {
    const [first] = candidates
    if (!first) continue
    const unlike = candidates.find((other) => !agree(first, other))
    if (unlike)
      return refuse(
        `${first.column.name} and ${unlike.column.name} could both say what was won, and they differ. ` +
          `Say which: ${candidates.map(({ column, won }) => `--won "${column.name}=${won[0] ?? 'VALUE'}"`).join(' or ')}`,
      )
    const best = candidates.toSorted((a, b) => rankOf(b) - rankOf(a))[0] as Candidate
    return closedOnly(table, best)
  }
  return refuse(missingOutcome(table))
}

/** The candidate that is named like an outcome, then the one that knows more rows. */
function rankOf({ column }: Candidate): number {
  const filled = column.cells.filter((cell) => cell !== null).length / Math.max(1, column.cells.length)
  return (NAMED_OUTCOME.test(plainName(column.name)) ? 1 : 0) + filled
}

function wordCandidate(column: TableColumn): Candidate | undefined {
  const values = [...countBy(column.cells.filter((cell) => cell !== null)).keys()]
  if (values.length === 0 || values.length > MOST_VALUES) return undefined
  const of = (word: 'won' | 'lost') => values.filter((value) => wordOf(value) === word)
  const [won, lost] = [of('won'), of('lost')]
  const isNamed = NAMED_OUTCOME.test(plainName(column.name))
  if (won.length === 0 ? !isNamed || lost.length === 0 : lost.length === 0 && !isNamed) return undefined
  return { column, won, lost, why: `its values ${[...won, ...lost].map((value) => `"${value}"`).join(', ')}` }
}

function flagCandidate(column: TableColumn): Candidate | undefined {
  const name = plainName(column.name)
  const values = [...countBy(column.cells.filter((cell) => cell !== null)).keys()]
  if (!NAMED_OUTCOME.test(name) || values.length === 0 || !values.every((value) => isTrue(value) || isFalse(value)))
    return undefined
  return {
    column,
    won: values.filter(isTrue),
    lost: values.filter(isFalse),
    why: `its name and its values ${values.toSorted().join(' and ')}`,
  }
}

function agree(one: Candidate, other: Candidate): boolean {
  const said = ({ column, won, lost }: Candidate, row: number) => {
    const cell = column.cells[row] ?? null
    if (cell === null) return null
    return won.includes(cell) ? 'won' : lost.includes(cell) ? 'lost' : null
  }
  for (let row = 0; row < one.column.cells.length; row += 1) {
    const [first, second] = [said(one, row), said(other, row)]
    if (first !== null && second !== null && first !== second) return false
  }
  return true
}

/** A CRM's `Is Won` is no for open deals too: where a column says which are closed, the others are open. */
function closedOnly(table: Table, { column, won, lost, why }: Candidate): OutcomeResult {
  const decide = (values: readonly string[]) => values.map((value) => ({ column: column.name, value }))
  const isFlag = lost.every(isFalse)
  const closed = isFlag
    ? table.columns.find(
        ({ name, cells }) =>
          name !== column.name &&
          NAMED_CLOSED.test(plainName(name)) &&
          cells.every((cell) => cell === null || isTrue(cell) || isFalse(cell)),
      )
    : undefined
  const found = decided(table, decide(won), decide(lost), why)
  if (!closed) return found
  const isOpen = (row: number) => isFalse(closed.cells[row] ?? '')
  const outcomes = found.outcome.outcomes.map((outcome, row) => (isOpen(row) ? null : outcome))
  const rows = table.columns[0]?.cells.filter((_, row) => isOpen(row)).length ?? 0
  const open = [...found.outcome.open, { column: closed.name, value: 'no', rows }]
  return {
    kind: 'found',
    outcome: { ...found.outcome, outcomes, open, why: `${why}; open where ${closed.name} is no` },
  }
}

function decided(
  table: Table,
  won: readonly Decision[],
  lost: readonly Decision[],
  why: string,
): Extract<OutcomeResult, { kind: 'found' }> {
  const cellsOf = new Map(table.columns.map(({ name, cells }) => [name, cells]))
  const matches = (decisions: readonly Decision[], row: number) =>
    decisions.some(({ column, value }) => cellsOf.get(column)?.[row] === value)
  const outcomes = Array.from({ length: table.rowCount }, (_, row) =>
    matches(won, row) ? ('won' as const) : matches(lost, row) ? ('lost' as const) : null,
  )
  const columns = [...new Set([...won, ...lost].map(({ column }) => column))]
  const open = columns.flatMap((column) =>
    [...countBy((cellsOf.get(column) ?? []).filter((_, row) => outcomes[row] === null))].map(([value, rows]) => ({
      column,
      value: value ?? '(empty)',
      rows,
    })),
  )
  return { kind: 'found', outcome: { won, lost, open, why, outcomes } }
}

function missingOutcome(table: Table): string {
  const likely = table.columns
    .map((column) => ({ column, values: countBy(column.cells.filter((cell) => cell !== null)).size }))
    .filter(({ values }) => values >= 2 && values <= 12)
    .toSorted(
      (a, b) =>
        Number(NAMED_OUTCOME.test(plainName(b.column.name))) - Number(NAMED_OUTCOME.test(plainName(a.column.name))) ||
        a.values - b.values,
    )
    .slice(0, 8)
  const candidates = likely.map(({ column }) => `  ${column.name}: ${valuesOf(column)}`)
  const [first] = likely
  const example = first
    ? `--won "${first.column.name}=${[...countBy(first.column.cells)][0]?.[0] ?? 'VALUE'}"`
    : '--won COLUMN=VALUE'
  return [
    'No column says which rows were won and which were lost. Name it by --won COLUMN=VALUE and --lost COLUMN=VALUE' +
      (candidates.length > 0
        ? `, for example ${example}. Columns with few values:`
        : '; no column has between 2 and 12 values.'),
    ...candidates,
  ].join('\n')
}

function valuesOf(column: TableColumn): string {
  const counts = [...countBy(column.cells.filter((cell) => cell !== null))].toSorted((a, b) => b[1] - a[1])
  const some = counts.slice(0, 8).map(([value, rows]) => `"${value.slice(0, 40)}" (${rows})`)
  return some.join(', ') + (counts.length > 8 ? `, and ${counts.length - 8} more values` : '')
}

function shown({ column, value }: Decision): string {
  return `${column}=${value}`
}

function refuse(message: string): OutcomeResult {
  return { kind: 'refused', message }
}

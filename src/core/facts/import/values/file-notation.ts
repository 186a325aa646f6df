import type { CellReading } from '../cell-plan.ts'
import type { RowPlan } from '../header.ts'
import type { RowOutcome } from '../read-row.ts'
import { type DayOrder, readDateText } from './date-text.ts'
import type { FileNotation } from './notation.ts'
import { type DecimalSign, readNumberText } from './number-text.ts'

/** What a column shows. Both, and it decides nothing. */
type Shown<Choice> = Map<string, Set<Choice>>

const PASSED_OVER: RowOutcome = { kind: 'filtered' }

/**
 * So many different amounts or headcounts, each with three digits behind the sign, are groups: no system writes those with three
 * decimals throughout. Rates of exchange, and numbers of unknown meaning, may have three.
 */
const ENOUGH_GROUPS = 5

/**
 * Looks at all rows of a file before any is read. `1.355` is a thousand in a column in which another cell is `1.234,56`, and so it
 * is where the column itself shows nothing and all other columns of numbers show the same. A file that shows nothing else, and
 * has five different numbers such as `15,500` and none such as `15.500`, groups by the comma. Likewise `3/4/2024` beside
 * `31/12/2024`.
 */
export function createNotationFinder() {
  const decimals: Shown<DecimalSign> = new Map()
  const dayOrders: Shown<DayOrder> = new Map()
  const amountColumns = new Set<string>()
  const groups = { comma: new Set<string>(), point: new Set<string>() }
  const seeGroup = (column: string | undefined, text: string, grouped: string): void => {
    if (column === undefined) return
    amountColumns.add(column)
    const found = text.includes(',') ? groups.comma : groups.point
    if (found.size < ENOUGH_GROUPS) found.add(grouped)
  }
  return {
    rowReader: (plan: RowPlan) => {
      const readings = [...plan.fields, ...plan.attributes].flatMap((cell) => cell.readings)
      const numbers = readings.filter(({ shows }) => shows === 'number')
      const dates = readings.filter(({ shows }) => shows === 'date')
      const ofAmounts = plan.mapping.kind === 'rates' ? [] : plan.fields.flatMap((cell) => cell.readings)
      const amounts = new Set(ofAmounts)
      return (cells: readonly string[], rowNumber: number): RowOutcome => {
        for (const reading of numbers) {
          const text = reading.read(cells, rowNumber)
          const read = text === '' ? undefined : readNumberText(text, {})
          see(decimals, reading, plan, cells, read?.kind === 'number' ? read.shows : undefined)
          if (read?.kind === 'ambiguous' && amounts.has(reading))
            seeGroup(plan.names[reading.place(cells)], text, read.grouped)
        }
        for (const reading of dates) see(dayOrders, reading, plan, cells, orderShownBy(reading.read(cells, rowNumber)))
        return PASSED_OVER
      }
    },
    found: (): FileNotation => {
      const grouped = [...decimals.values()].every((choices) => choices.size === 0)
        ? signBesideGroups(groups)
        : undefined
      const ofAmounts = grouped ? [...amountColumns].map((column) => [column, grouped] as const) : []
      return { decimals: { ...settled(decimals), ...Object.fromEntries(ofAmounts) }, dayOrders: settled(dayOrders) }
    },
  }
}

/** The decimal sign of a file in which the other one groups. */
function signBesideGroups({ comma, point }: Readonly<Record<DecimalSign, ReadonlySet<string>>>) {
  if (point.size === 0 && comma.size === ENOUGH_GROUPS) return 'point'
  return comma.size === 0 && point.size === ENOUGH_GROUPS ? 'comma' : undefined
}

function orderShownBy(text: string): DayOrder | undefined {
  const read = text === '' ? undefined : readDateText(text)
  return read?.kind === 'date' ? read.shows : undefined
}

function see<Choice>(
  shown: Shown<Choice>,
  { place }: CellReading,
  { names }: RowPlan,
  cells: readonly string[],
  choice: Choice | undefined,
): void {
  const column = names[place(cells)]
  if (column === undefined) return
  const choices = shown.get(column) ?? new Set()
  if (choice !== undefined) choices.add(choice)
  shown.set(column, choices)
}

function settled<Choice>(shown: Shown<Choice>): Readonly<Record<string, Choice>> {
  const ofFile = onlyOne([...shown.values()].flatMap((choices) => [...choices]))
  const found = [...shown].flatMap(([column, choices]) => {
    const choice = choices.size === 0 ? ofFile : onlyOne([...choices])
    return choice === undefined ? [] : [[column, choice] as const]
  })
  return Object.fromEntries(found)
}

function onlyOne<Choice>(choices: readonly Choice[]): Choice | undefined {
  const [first] = choices
  return choices.every((choice) => choice === first) ? first : undefined
}

const AMBIGUOUS_NUMBER_TYPES: ReadonlySet<string> = new Set(['number', 'count', 'money', 'dollars'])

export function isAmbiguousNumberType(type: string): boolean {
  return AMBIGUOUS_NUMBER_TYPES.has(type)
}

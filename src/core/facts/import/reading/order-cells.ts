import { counted } from '../../../base/counted.ts'
import { instantOfPosition, LAST_POSITION, type Step } from '../../../base/order.ts'
import type { CellPlan } from '../cell-plan.ts'
import { isDateType } from '../field-types.ts'
import { FIELDS, type ImportKind } from '../kinds.ts'
import type { ReadText } from '../local-time.ts'
import type { Mapping } from '../mapping.ts'
import { type Problem, problem } from '../problems.ts'
import type { HeaderColumns } from './header-columns.ts'
import { sourceReader } from './cell-source.ts'

/** The fields that a position fills, and where in it they come. */
const ORDERED: Readonly<Partial<Record<ImportKind, Readonly<Record<string, Step>>>>> = {
  accounts: { known_at: 'known' },
  contacts: { known_at: 'known' },
  opportunities: { opened_at: 'opened', closed_at: 'closed' },
}

/** What is wrong with the order that a mapping declares. */
export function orderProblems({ kind, order, columns }: Mapping): string[] {
  if (!order) return []
  if (!ORDERED[kind])
    return [`order: ${kind} have days or none; kinds that may be ordered: ${Object.keys(ORDERED).join(', ')}`]
  const dated = Object.keys(columns).filter((name) => isDated(kind, name))
  return dated.map(
    (name) => `columns.${name}: rows that are ordered by ${order.column} have no days: leave ${name} out, or the order`,
  )
}

/** Whether the field holds a day or a time, which rows in an order do not have. */
export function isDated(kind: ImportKind, field: string): boolean {
  const type = FIELDS[kind][field]?.type.type
  return type !== undefined && isDateType(type)
}

/** How the column of the order is read into the fields that hold the time of rows with days. */
export function orderPlans({ kind, order }: Mapping, columns: HeaderColumns): readonly CellPlan[] {
  if (!order) return []
  return Object.entries(ORDERED[kind] ?? {}).map(([name, step]) => ({
    name,
    readings: [
      {
        ...sourceReader(order.column, columns),
        translate: undefined,
        otherwise: undefined,
        convert: positionReader(step),
        takesFirst: undefined,
        shows: undefined,
        contradicts: undefined,
      },
    ],
    usual: undefined,
    anyTrue: false,
    required: step !== 'closed',
    decides: true,
    unlessDeleted: true,
    separator: undefined,
    quoted: false,
    isNumber: false,
  }))
}

const POSITION = /^(\d{1,10})(?:\.0+)?$/

function positionReader(step: Step): ReadText {
  return (text, column): string | Problem => {
    const position = Number(POSITION.exec(text)?.[1] ?? Number.NaN)
    if (position <= LAST_POSITION) return instantOfPosition(position, step)
    const message = `expected a position: a whole number from 0 to ${counted(LAST_POSITION, '').trim()}, without signs between its digits`
    return problem('bad_number', column, text, message)
  }
}

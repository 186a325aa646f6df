import type { Decision } from '../columns/outcome.ts'
import type { ColumnProfile } from '../columns/profile.ts'
import type { Role } from '../columns/roles.ts'
import type { Understood } from '../result.ts'
import { count, some } from './words.ts'

/** What a column, or several, were taken for. */
export interface ReadColumn {
  readonly name: string
  readonly text: string
  /** The option that changes it; empty where none does. */
  readonly option: string
}

export function readColumns(answer: Understood): readonly ReadColumn[] {
  const { outcome, roles } = answer
  const open = outcome.open.map(({ value, rows }) => `${value} (${count(rows)})`)
  const role = (name: string, found: Role | null, without: string, option: string) =>
    line(name, found ? `"${found.column.name}": ${found.why}` : without, option)
  const never = neverFeatures(answer)
  const unreadable = unreadableCells(answer)
  return [
    line('won', `${shownDecisions(outcome.won)}: ${outcome.why}`, '--won COLUMN=VALUE'),
    line('lost', shownDecisions(outcome.lost) || 'nothing', '--lost COLUMN=VALUE'),
    ...(open.length > 0 ? [line('open', some(open), '--won, --lost')] : []),
    role('id', roles.id, 'none: each row is taken for a deal of its own', '--id COLUMN'),
    role('date', roles.date, 'none', '--date COLUMN'),
    ...(roles.closedColumn && roles.closed
      ? [
          line(
            'closed',
            `"${roles.closedColumn}": training ends with what had closed before the test`,
            '--leave-out COLUMN',
          ),
        ]
      : []),
    role('points', roles.points, 'none', '--points COLUMN'),
    ...roles.unclear.map((sentence) => line('unclear', sentence)),
    ...(roles.leftOut.length > 0
      ? [line('left out', `${some(roles.leftOut.map(({ name }) => name))}: as stated`, '--leave-out COLUMN')]
      : []),
    ...(never.length > 0 ? [line('no features', some(never.map(({ name, why }) => `${name} (${why})`)))] : []),
    ...(unreadable.length > 0
      ? [
          line(
            'unreadable',
            some(
              unreadable.map(
                ({ column, rows, examples }) =>
                  `${column}: ${count(rows)} cells are no numbers and count as empty, such as "${examples[0] ?? ''}"`,
              ),
            ),
          ),
        ]
      : []),
  ]
}

export function unreadableCells({ columns }: Understood) {
  return columns.flatMap(({ name, content }) =>
    content.kind === 'number' && content.unreadable ? [{ column: name, ...content.unreadable }] : [],
  )
}

/** Columns that are never learned from, whatever they say, and why. */
export function neverFeatures({ columns, roles }: Understood) {
  const others = new Set([roles.id, roles.date, roles.points].flatMap((role) => role?.column.name ?? []))
  return columns.flatMap(({ name, content }: ColumnProfile) => {
    if (others.has(name)) return []
    if (content.kind === 'identifier') return [{ name, why: content.why }]
    if (content.kind === 'date') return [{ name, why: 'holds dates' }]
    if (content.kind === 'empty') return [{ name, why: 'is empty' }]
    return content.kind === 'constant' ? [{ name, why: 'is the same in every row' }] : []
  })
}

function shownDecisions(decisions: readonly Decision[]): string {
  return decisions.map(({ column, value }) => `"${column}" = ${value}`).join(' or ')
}

function line(name: string, text: string, option = ''): ReadColumn {
  return { name, text, option }
}

import type { Random } from '../../core/base/random.ts'
import { csvLine } from './csv-lines.ts'
import { CONTACTS } from '../company/people-tables.ts'

/** A row as its cells are written: column to text, empty where unknown. */
export type TextRow = Readonly<Record<string, string>>
/** A row, or a line that is none: blank, or with other cells than the header. */
export type SoiledLine = TextRow | string

export interface RowToSoil {
  readonly random: Random
  readonly file: string
  readonly row: TextRow
  /** Another instant so many days after this one; undefined when that is unknown or not before the world's end. */
  readonly later: (instant: string, days: readonly [number, number]) => string | undefined
  /** An id that no other row has. */
  readonly newId: () => string
}

/** The lines to write in place of a row; undefined where the dirt does not fit it. */
export type Soiled = readonly SoiledLine[] | undefined

/** Facts that no other row refers to: one that is broken is lost. Of other rows a broken copy is written beside the good one. */
export const LEAF_FILES: readonly string[] = [
  'activities',
  'intent-signals',
  'business-events',
  'customer-events',
  'stage-history',
  'opportunity-contacts',
]

const CORRECTION_DAYS = [7, 42] as const
const LATE_DAYS = [14, 56] as const
const TITLE_DAYS = [14, 70] as const

/** Which kind a fact turns out to have been. */
const CORRECTED_KIND: Readonly<Record<string, string>> = {
  web_visit: 'pricing_page_visit',
  pricing_page_visit: 'web_visit',
  content_download: 'form_submit',
  form_submit: 'content_download',
  email_open: 'email_click',
  sales_call: 'sales_meeting',
  funding: 'hiring',
  hiring: 'new_executive',
  new_executive: 'hiring',
}

export function correctedFact({ random, file, row, later }: RowToSoil): Soiled {
  const known_at = later(row['known_at'] ?? '', CORRECTION_DAYS)
  const drawn = 1 + random.integer(100)
  const strength = String(drawn === Number(row['strength']) ? (drawn % 100) + 1 : drawn)
  if (known_at === undefined) return undefined
  if (file === 'intent-signals') return [row, { ...row, known_at, strength }]
  const kind = CORRECTED_KIND[row['kind'] ?? '']
  return kind === undefined ? undefined : [row, { ...row, known_at, kind }]
}

export function correctedAmount({ random, row, later }: RowToSoil): Soiled {
  const known_at = later(row['known_at'] ?? '', CORRECTION_DAYS)
  if (row['outcome'] === 'open' || known_at === undefined) return undefined
  return [row, { ...row, known_at, amount: String(Math.round(Number(row['amount']) * (0.8 + 0.3 * random.next()))) }]
}

export function cell(column: string, text: string): (soil: RowToSoil) => Soiled {
  return ({ row }) => (row[column] === text ? undefined : [{ ...row, [column]: text }])
}

export function misspelt(column: string): (soil: RowToSoil) => Soiled {
  return ({ random, row }) => {
    const text = row[column] ?? ''
    return text.length < 3 ? undefined : [{ ...row, [column]: misspell(random, text) }]
  }
}

/** One letter dropped or doubled, or all in capitals: never the text as it was. */
export function misspell(random: Random, text: string): string {
  const letters = [...text]
  const at = 1 + random.integer(letters.length - 1)
  const way = random.integer(3)
  if (way === 0 && text.toUpperCase() !== text) return text.toUpperCase()
  return [...letters.slice(0, way === 1 ? at : at + 1), ...letters.slice(way === 1 ? at + 1 : at)].join('')
}

/** The id within the mailbox keeps the address one person's. */
export function freeMail({ random, row }: RowToSoil): Soiled {
  const domain = random.pick(CONTACTS.freeMailDomains)
  const email = `${(row['email'] ?? '').split('@')[0]}.${row['external_id']?.toLowerCase()}@${domain}`
  return row['email'] === '' ? undefined : [{ ...row, email }]
}

export function lateTitle({ row, later }: RowToSoil): Soiled {
  const known_at = later(row['known_at'] ?? '', TITLE_DAYS)
  if (known_at === undefined) return undefined
  return [
    { ...row, title: '', seniority: '', department: '', buying_role: '' },
    { ...row, known_at },
  ]
}

export function late({ row, later }: RowToSoil): Soiled {
  const known_at = later(row['known_at'] ?? '', LATE_DAYS)
  return known_at === undefined ? undefined : [{ ...row, known_at }]
}

/** Everything by which a fact could find an account. */
const NOBODY = { contact_external_id: '', account_external_id: '', email: '', domain: '', ip: '', visitor_id: '' }

function ofNobody(row: TextRow, own: TextRow): TextRow {
  const identity = Object.entries(NOBODY).filter(([column]) => column in row)
  return { ...row, ...Object.fromEntries(identity), ...own }
}

export function strangersDomain({ file, row, newId }: RowToSoil): Soiled {
  const id = newId()
  const own = { domain: `${id.toLowerCase()}.example` }
  if (file === 'intent-signals') return [row, ofNobody(row, own)]
  if (file === 'activities')
    return [row, ofNobody(row, { ...own, source_id: id, source: 'web', kind: 'web_visit', initiated_by: 'buyer' })]
  return [row, ofNobody(row, { ...own, source_id: id })]
}

export function strangersForm({ random, row, newId }: RowToSoil): Soiled {
  const id = newId()
  const email = `${id.toLowerCase()}@${random.pick(CONTACTS.freeMailDomains)}`
  const form = { source_id: id, source: 'marketing', kind: 'form_submit', initiated_by: 'buyer', email }
  return [row, ofNobody(row, form)]
}

/**
 * A broken line: in place of the row where nothing refers to it, else beside it. Of the activities only named ones are
 * broken: they would have been matched, so the count of unmatched activities stays explained.
 */
function broken({ file, row }: RowToSoil, line: SoiledLine): Soiled {
  if (!LEAF_FILES.includes(file)) return [row, line]
  return file === 'activities' && row['contact_external_id'] === '' ? undefined : [line]
}

export function brokenCell(column: string, text: string): (soil: RowToSoil) => Soiled {
  return (soil) => broken(soil, { ...soil.row, [column]: text })
}

export function badInstant(soil: RowToSoil): Soiled {
  const column = soil.file === 'opportunities' ? 'opened_at' : 'occurred_at'
  return broken(soil, { ...soil.row, [column]: `31/02/${soil.row[column]?.slice(0, 4)} 25:61` })
}

export function noTimeZone(soil: RowToSoil): Soiled {
  return broken(soil, { ...soil.row, occurred_at: (soil.row['occurred_at'] ?? '').slice(0, 16).replace('T', ' ') })
}

export function badDay(soil: RowToSoil): Soiled {
  return broken(soil, { ...soil.row, period_start: `${soil.row['period_start']?.slice(0, 4)}-02-30` })
}

/** By file, a cell that may be empty, and what no import reads in it. */
const UNREADABLE: Readonly<Record<string, readonly [column: string, text: string]>> = {
  accounts: ['employees', 'about 200'],
  contacts: ['seniority', 'Head of'],
  opportunities: ['amount', '12,500.00 or so'],
}

export function unreadableCell(soil: RowToSoil): Soiled {
  const [column, text] = UNREADABLE[soil.file] ?? ['', '']
  return column in soil.row ? [{ ...soil.row, [column]: text }] : undefined
}

export function closeWithoutDate(soil: RowToSoil): Soiled {
  return broken(soil, { ...soil.row, outcome: 'won', closed_at: '' })
}

export function tooFewCells(soil: RowToSoil): Soiled {
  return broken(soil, csvLine(Object.values(soil.row).slice(0, 2)))
}

export function shortRow({ row }: RowToSoil): Soiled {
  const cells = Object.values(row)
  const length = cells.findLastIndex((text) => text !== '') + 1
  return length === cells.length ? undefined : [csvLine(cells.slice(0, length))]
}

export function tooManyCells(soil: RowToSoil): Soiled {
  return broken(soil, csvLine([...Object.values(soil.row), 'x']))
}

export function trailingComma({ row }: RowToSoil): Soiled {
  return [csvLine([...Object.values(row), ''])]
}

export function strayQuote(soil: RowToSoil): Soiled {
  const [first = '', ...others] = Object.values(soil.row)
  return broken(soil, `${first.slice(0, 1)}"${first.slice(1)},${csvLine(others)}`)
}

/** The good row, and one more that refers to something unknown. */
export function dangling(column: string): (soil: RowToSoil) => Soiled {
  return ({ row, newId }) => [row, { ...row, [column]: newId() }]
}

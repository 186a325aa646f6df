import { didYouMean } from '../../../base/did-you-mean.ts'
import type { ColumnProfile, Content } from './profile.ts'
import { plainName } from './table.ts'

export interface StatedRoles {
  readonly id?: string | undefined
  readonly date?: string | undefined
  readonly points?: string | undefined
  readonly leaveOut?: readonly string[] | undefined
  /** Taken as known before the close, although something speaks against it. */
  readonly use?: readonly string[] | undefined
}

export interface Role {
  readonly column: ColumnProfile
  readonly why: string
}

/** The columns with a part of their own. `unclear` says which parts nobody has, although several columns could. */
export interface Roles {
  readonly id: Role | null
  readonly date: (Role & { readonly content: Extract<Content, { kind: 'date' }> }) | null
  /** When rows closed: training ends with what had closed before the test begins. */
  readonly closed: Extract<Content, { kind: 'date' }> | null
  readonly closedColumn: string | null
  readonly points: (Role & { readonly content: Extract<Content, { kind: 'number' }> }) | null
  readonly leftOut: readonly ColumnProfile[]
  readonly used: ReadonlySet<string>
  readonly unclear: readonly string[]
}

export type RolesResult =
  | { readonly kind: 'found'; readonly roles: Roles }
  | { readonly kind: 'refused'; readonly message: string }

const ACCOUNT_ID =
  /^(account|company|customer|organi[sz]ation|client|kunden?|firmen?|unternehmens?|associated company)( record)? ?(id|number|no|nr|nummer|key)s?$/
const ACCOUNT_NAME =
  /^(account|company|customer|organi[sz]ation|client|kunde|firma|unternehmen|associated company)( name)?$|^(company |account )?domain( name)?$/
const CREATED =
  /\b(created?|creation|open(ed)?|opening|start(ed)?|entered|received|inquiry|enquiry|first|added|angelegt|erstellt|erstellungsdatum|eröffnet|eingang|beginn)\b/
const CREATED_PLAINLY =
  /^(created?|creat(ed|ion))( (date|at|on|time|day))?$|^(erstellt am|angelegt am|erstellungsdatum)$/
const CLOSED =
  /\b(clos(e|ed|ing)|won|lost|end|ended|sign(ed|ature)|decision|contract|abschluss|abschlussdatum|(ab)?geschlossen|gewonnen|verloren|entscheidung|schlussdatum|schlie(ß|ss)datum|cl[oô]tur(e|é|ée)|cierre|chiusura)\b/
const CHANGED = /\b(modified|updated?|last|changed|next|latest|synced|geändert|letzte[rs]?|nächste[rs]?|activity|due)\b/
const POINTS =
  /^((lead|account|fit|mql|sales|contact|deal|total|current|hubspot|pardot|marketo|engagement|demographic|behaviou?r(al)?|predictive|einstein)[ ]?)*(scores?|points?|scoring|punkte|punktzahl)( value| total)?$|^hs (lead |predictive )?score$|^hubspotscore$/
/** Share of the rows that must have a date for a split in time. */
const MOSTLY = 0.9
const FEWEST_DAYS = 10
const FEWEST_ACCOUNTS = 20

/** Finds the id, the date and the points: as stated, else by names and contents. A part that is not clear goes to nobody. */
export function findRoles(columns: readonly ColumnProfile[], stated: StatedRoles): RolesResult {
  const problems: string[] = []
  const named = (name: string | undefined, option: string): ColumnProfile | undefined => {
    if (name === undefined) return undefined
    const found =
      columns.find((column) => column.name === name) ??
      columns.find((column) => plainName(column.name) === plainName(name))
    if (!found)
      problems.push(
        `${option}: the table has no column "${name}"${didYouMean(
          name,
          columns.map((column) => column.name),
        )}`,
      )
    return found
  }
  const leftOut = (stated.leaveOut ?? []).flatMap((name) => named(name, '--leave-out') ?? [])
  const used = (stated.use ?? []).flatMap((name) => named(name, '--use') ?? [])
  for (const column of used)
    if (column.content.kind === 'date' || column.content.kind === 'identifier')
      problems.push(
        `--use: ${column.name} ${column.content.kind === 'date' ? 'holds dates' : column.content.why}, and is never a feature`,
      )
  const given = {
    id: named(stated.id, '--id'),
    date: named(stated.date, '--date'),
    points: named(stated.points, '--points'),
  }
  const free = columns.filter((column) => !leftOut.includes(column))
  if (given.date && given.date.content.kind !== 'date')
    problems.push(`--date: ${given.date.name} does not hold dates, but for example "${exampleOf(given.date)}"`)
  if (given.points && given.points.content.kind !== 'number')
    problems.push(`--points: ${given.points.name} does not hold numbers, but for example "${exampleOf(given.points)}"`)
  if (problems.length > 0) return { kind: 'refused', message: problems.join('\n') }
  const dates = datesOf(free, given.date)
  const points = pointsOf(
    free.filter((column) => !used.includes(column)),
    given.points,
  )
  return {
    kind: 'found',
    roles: {
      id: given.id ? { column: given.id, why: 'as stated' } : guessedId(free),
      ...dates,
      points: points.points,
      leftOut,
      used: new Set(used.map(({ name }) => name)),
      unclear: [...dates.unclear, ...points.unclear, ...free.flatMap(unclearNumbers)],
    },
  }
}

function unclearNumbers({ name, content }: ColumnProfile): readonly string[] {
  if (content.kind !== 'ambiguous') return []
  const what = `${name} is set aside: ${content.example} could be a thousand or a decimal`
  return [`${what}, and no other number of the table says which; write thousands without a sign`]
}

/** The account, of which a table may have several rows, or a key of the row itself. */
function guessedId(columns: readonly ColumnProfile[]): Role | null {
  for (const pattern of [ACCOUNT_ID, ACCOUNT_NAME]) {
    const account = columns.find(
      ({ name, distinct, filled }) =>
        pattern.test(plainName(name)) &&
        distinct >= Math.max(FEWEST_ACCOUNTS, 0.05 * filled) &&
        filled >= MOSTLY * (columns[0]?.cells.length ?? 0),
    )
    if (account) return { column: account, why: 'its name is that of an account; rows of one account stay together' }
  }
  const key = columns.find(
    ({ content, distinct, filled, cells }) =>
      content.kind === 'identifier' && distinct === filled && filled === cells.length,
  )
  return key && key.content.kind === 'identifier' ? { column: key, why: `it ${key.content.why}` } : null
}

type Dated = ColumnProfile & { readonly content: Extract<Content, { kind: 'date' }> }

function datesOf(columns: readonly ColumnProfile[], stated: ColumnProfile | undefined) {
  const dated = columns.filter((column): column is Dated => column.content.kind === 'date')
  const ordered = dated.filter(isUsable)
  const nameOf = ({ name }: Dated) => plainName(name)
  const isClosed = (column: Dated) => CLOSED.test(nameOf(column)) && !CHANGED.test(nameOf(column))
  const closing = ordered.filter(isClosed)
  const closed = closing.find((column) => column !== stated) ?? null
  const close = { closed: closed?.content ?? null, closedColumn: closed?.name ?? null }
  const as = (column: Dated, why: string) => ({ column, why, content: column.content })
  if (stated) {
    const column = stated as Dated
    return { date: as(column, 'as stated'), ...close, unclear: [] }
  }
  const opening = ordered.filter(
    (column) => CREATED.test(nameOf(column)) && !CHANGED.test(nameOf(column)) && !isClosed(column),
  )
  const plainly = opening.filter((column) => CREATED_PLAINLY.test(nameOf(column)))
  const neutral = ordered.filter((column) => !isClosed(column) && !CHANGED.test(nameOf(column)))
  for (const [candidates, why] of [
    [plainly, 'its name is that of the creation'],
    [opening, 'its name is that of the beginning'],
    [neutral, 'it is the only date that is neither a close nor a change'],
  ] as const)
    if (candidates.length === 1) return { date: as(candidates[0] as Dated, why), ...close, unclear: [] }
  const [only] = closing
  if (closing.length === 1 && only && neutral.length === 0)
    return {
      date: as(only, 'rows are ordered by when they closed; the date of creation would be better'),
      closed: null,
      closedColumn: only.name,
      unclear: [],
    }
  const ambiguous = dated.filter(({ content }) => content.isAmbiguous).map(({ name }) => name)
  const several = [...new Set([...neutral, ...closing])].map(({ name }) => name)
  const unclear = [
    ...(ambiguous.length > 0
      ? [
          `${ambiguous.join(' and ')} could be day/month or month/day: write the dates as 2024-01-31 for a split in time`,
        ]
      : []),
    ...(several.length > 1
      ? [
          `several columns could be the date: give one of ${several.map((name) => `--date "${name}"`).join(', ')} for a split in time`,
        ]
      : []),
  ]
  return { date: null, ...close, unclear }
}

function isUsable({ content, filled, cells }: Dated): boolean {
  if (content.isAmbiguous || filled < MOSTLY * cells.length) return false
  return new Set(content.instants.map((instant) => instant?.slice(0, 10))).size >= FEWEST_DAYS
}

function pointsOf(columns: readonly ColumnProfile[], stated: ColumnProfile | undefined) {
  const of = (column: ColumnProfile, why: string) =>
    column.content.kind === 'number' ? { column, why, content: column.content } : null
  if (stated) return { points: of(stated, 'as stated'), unclear: [] }
  const candidates = columns.filter(({ name, content }) => content.kind === 'number' && POINTS.test(plainName(name)))
  const [only] = candidates
  if (candidates.length === 1 && only) return { points: of(only, 'its name is that of points'), unclear: [] }
  if (candidates.length === 0) return { points: null, unclear: [] }
  const options = candidates.map(({ name }) => `--points "${name}"`).join(' or ')
  return {
    points: null,
    unclear: [`several columns could be your points: give ${options} to compare one with the model`],
  }
}

function exampleOf({ cells }: ColumnProfile): string {
  return (cells.find((cell) => cell !== null) ?? '').slice(0, 40)
}

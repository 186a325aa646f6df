import { DateTime } from 'luxon'
import type { CrmObject, IdEntry } from '../../../../../src/simulation/export/shapes/ids.ts'
import type { ShapeName, ShapeOptions } from '../../../../../src/simulation/export/shapes/shapes.ts'
import type { Fact, FactTable } from './facts.ts'

export interface ShapeCase extends ShapeOptions {
  readonly shape: Exclude<ShapeName, 'standard'>
}

type Change = Partial<Record<FactTable, (fact: Fact) => Fact>>

const without = (fact: Fact, ...names: readonly string[]): Fact => ({
  ...fact,
  ...Object.fromEntries(names.map((name) => [name, null])),
})
const attributesOf = (fact: Fact) => fact['attributes'] as Readonly<Record<string, unknown>>
const isInCrm = (fact: Fact) => attributesOf(fact)['in_crm'] === true

/**
 * What HubSpot has no place for: the motion (an attribute of ours), more of the ownership than whether a company is public,
 * departments, who decides on the technology, and partners as the source of a deal (they are entered by hand: offline).
 */
const HUBSPOT: Change = {
  accounts: (fact) => {
    if (!isInCrm(fact)) return fact
    const { motion: _, ownership, ...attributes } = attributesOf(fact)
    return { ...fact, attributes: { ...attributes, ownership: ownership === 'public' ? 'public' : 'private' } }
  },
  contacts: (fact) => ({
    ...without(fact, 'department'),
    buying_role: fact['buying_role'] === 'technical_decision_maker' ? null : fact['buying_role'],
  }),
  opportunities: (fact) => ({
    ...fact,
    lead_source: fact['lead_source'] === 'partner' ? 'outbound' : fact['lead_source'],
  }),
}

/** What Salesforce has no place for: technologies and the motion, and the seniority and the buying role of a person. */
const SALESFORCE: Change = {
  accounts: (fact) => {
    if (!isInCrm(fact)) return fact
    const { motion: _, technologies: _t, ...attributes } = attributesOf(fact)
    return { ...fact, attributes }
  },
  contacts: (fact) => without(fact, 'seniority', 'buying_role'),
}

/** Responses to campaigns, of which Salesforce keeps the day, and not when somebody entered it. */
const RESPONSES: readonly unknown[] = [
  'webinar_attended',
  'event_attended',
  'content_download',
  'form_submit',
  'demo_request',
  'free_trial_start',
]

/** The rows of the plain import as the shape can carry them. */
export function expected(table: FactTable, facts: readonly Fact[], options: ShapeCase): readonly Fact[] {
  const carried = (isSalesforce(options) ? SALESFORCE : HUBSPOT)[table]
  return facts
    .filter(
      (fact) => !(isSalesforce(options) && isSecondPerson(fact)) && !(table === 'stage_history' && !hasStages(options)),
    )
    .map((fact) => carried?.(fact) ?? fact)
    .map((fact) => cut(table, fact, options))
}

/** The rows of the shape, with the ids of the simulation, as exact as the shape writes them. */
export function comparable(
  table: FactTable,
  facts: readonly Fact[],
  options: ShapeCase,
  ids: readonly IdEntry[],
): readonly Fact[] {
  const ours = new Map(
    ids.flatMap(({ object, ours: id, theirs }) =>
      [theirs, theirs.slice(0, 15)].map((spelling) => [`${object} ${spelling}`, id] as const),
    ),
  )
  const back = (object: CrmObject, id: unknown) => ours.get(`${object} ${String(id)}`) ?? id
  const named = (fact: Fact): Fact => ({
    ...fact,
    ...('account' in fact && { account: back('company', fact['account']) }),
    ...('contact' in fact && { contact: back('person', fact['contact']) }),
    ...('deal' in fact && { deal: back('deal', fact['deal']) }),
    ...('stage' in fact && { stage: stageOf(back('stage', fact['stage'])) }),
  })
  return facts.map((fact) => cut(table, named(fact), options))
}

const isSalesforce = ({ shape }: ShapeCase) => shape.startsWith('salesforce')
/** Salesforce keeps one person of a meeting in its table of events. */
const isSecondPerson = ({ source_id: id }: Fact) => typeof id === 'string' && id.endsWith('/2')
/** HubSpot's files of deals hold the stage of today; only pipelines bring the history. */
const hasStages = ({ shape }: ShapeCase) => isSalesforce({ shape } as ShapeCase) || shape === 'hubspot-fivetran'

function stageOf(stage: unknown): unknown {
  return typeof stage === 'string'
    ? stage
        .toLowerCase()
        .replace(/^closed ?_?/, 'closed_')
        .replaceAll(' ', '_')
    : stage
}

/** Cuts what both sides say to what the shape can tell apart. */
function cut(table: FactTable, given: Fact, options: ShapeCase): Fact {
  const fact = 'source_id' in given && table === 'activities' ? without(given, 'source_id') : given
  const { shape, spreadsheet, timeZone } = options
  const isOfMinutes = spreadsheet || shape === 'hubspot-labels' || shape === 'salesforce-report'
  const exact = isOfMinutes ? toMinutes(fact, timeZone) : fact
  const day = (instant: unknown, end = false) => dayIn(timeZone, instant, end)
  if (!isSalesforce(options))
    // HubSpot has no role of a person in one deal, and does not tell since when they are on it.
    return table === 'opportunity_contacts' ? without(exact, 'role', 'known_at', 'backfilled') : exact
  const isReport = shape === 'salesforce-report'
  switch (table) {
    case 'accounts':
    case 'contacts':
      return isReport ? { ...exact, known_at: day(fact['known_at']) } : exact
    case 'opportunities': {
      const isOpen = fact['closed_at'] === null
      return {
        ...exact,
        // A close is a day.
        closed_at: day(fact['closed_at'], true),
        ...(isReport && { opened_at: day(fact['opened_at']) }),
        ...((isReport || !isOpen) && { known_at: day(fact['known_at'], !isOpen) }),
      }
    }
    case 'opportunity_contacts':
      return isReport ? without(exact, 'known_at', 'backfilled') : exact
    case 'activities':
      return RESPONSES.includes(fact['kind'])
        ? { ...without(exact, 'known_at'), occurred_at: day(fact['occurred_at']) }
        : isReport
          ? { ...exact, known_at: day(fact['known_at']) }
          : exact
    default:
      return exact
  }
}

/** Without seconds; of an hour that came twice, the later one: nothing in such a file tells which it was. */
function toMinutes(fact: Fact, zone: string): Fact {
  return Object.fromEntries(
    Object.entries(fact).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? laterInZone(value, zone).slice(0, 16) : value,
    ]),
  )
}

function laterInZone(instant: string, zone: string): string {
  const at = DateTime.fromISO(instant, { zone })
  const next = at.plus({ hours: 1 })
  return next.toFormat('yyyy-MM-dd HH:mm') === at.toFormat('yyyy-MM-dd HH:mm')
    ? (next.toUTC().toISO() ?? instant)
    : instant
}

/** The day of an instant in a zone; of the end of a day, that day. */
function dayIn(zone: string, instant: unknown, end: boolean): string | null {
  if (typeof instant !== 'string') return null
  const at = DateTime.fromISO(instant, { zone })
  return (end && at.equals(at.startOf('day')) ? at.minus({ milliseconds: 1 }) : at).toISODate()
}

import { isInOrder } from '../../base/order.ts'
import { addDays, type Instant, type IsoDate, startOfDay } from '../../base/time.ts'
import { normalDomain } from '../identity/domains.ts'
import { fieldReader } from './field-types.ts'
import type { ImportKind } from './kinds.ts'
import { dayInOrder } from './values/day-in-order.ts'
import { CLOSED_BEFORE_OPENED, opportunityDates } from './values/opportunity-dates.ts'
import { type Problem, problem } from './problems.ts'
import { amountOf } from './values/row-amount.ts'
import { spanOf } from './values/day-span.ts'

/** A row ready to be staged: the text of every column, null where unknown. `attributes` is JSON. */
export type StagedRow = Readonly<Record<string, string | null>>

/** A cell of a row that is kept, of which nothing is known. */
export interface UnreadableCell {
  readonly field: string
  readonly problem: Problem
}

export type Completed =
  | { readonly row: StagedRow; readonly unreadable?: readonly UnreadableCell[] }
  | { readonly problem: Problem }

/** Fills in missing columns, and checks conditions that concern several columns. */
export type Completion = (read: StagedRow, attributes: string, columnOf?: ColumnOf) => Completed

/** What the file calls the column from which a field of the row came. */
export type ColumnOf = (field: string) => string

export interface Defaults {
  /** The source of rows that name none. */
  readonly source: string
  readonly provider: string | undefined
  readonly initiatedBy: string
  /** The mapping declares all of this source's events evidence. */
  readonly declaredEvidence: boolean
  readonly providerLagDays: number
  /** Of amounts that name none. */
  readonly currency?: string | undefined
  /** Times without an offset are read as UTC by a preset, and nobody has said so: rows with such times are remarked. */
  readonly assumesUtc?: boolean | undefined
  /** What cannot be read costs the row, also where the field is optional. */
  readonly strict?: boolean | undefined
  /**
   * Set when rows arrive as things happen: a row without `known_at` is known from the instant at which it is stored, and no
   * row can be known later than that. When absent, rows are history, and a missing `known_at` follows from their other times.
   */
  readonly receivedAt?: Instant | undefined
  /** The column by which the history is ordered: a row with a day does not go with it. */
  readonly order?: string | undefined
}

export const DEFAULT_SOURCE = 'crm'
export const DEFAULT_PROVIDER_LAG_DAYS = 7

export function completeRow(kind: ImportKind, defaults: Defaults): Completion {
  const { receivedAt, order } = defaults
  const complete = completionOf(kind, defaults)
  const completion = receivedAt === undefined ? complete : received(complete, receivedAt)
  if (order === undefined) return completion
  return (read, attributes, columnOf) => {
    const found = dayInOrder(read, order, receivedAt !== undefined)
    return found ? { problem: found } : completion(read, attributes, columnOf)
  }
}

function completionOf(kind: ImportKind, defaults: Defaults): Completion {
  switch (kind) {
    case 'accounts':
    case 'contacts':
      return (read, attributes) => ({
        row: { ...withDeleted(read), source: read['source'] ?? defaults.source, attributes },
      })
    case 'activities':
      return (read, attributes) => ({ row: activity(read, attributes, defaults) })
    case 'intent-signals':
      return (read) => intentSignal(read, defaults)
    case 'business-events':
      return (read, attributes) => ({ row: { ...event(read, defaults), attributes } })
    case 'customer-events':
      return (read, _attributes, columnOf) => withCurrency(event(read, defaults), defaults, columnOf)
    case 'opportunities':
      return (read, attributes, columnOf) => opportunity(read, attributes, defaults, columnOf)
    case 'stage-history':
      return (read) => ({ row: { ...read, known_at: read['known_at'] ?? read['entered_at'] ?? null } })
    case 'opportunity-contacts':
      return (read) => ({ row: link(read) })
    case 'account-links':
      return accountLink
    case 'spend':
      return (read, _attributes, columnOf) => spend(read, defaults, columnOf)
    case 'rates':
      return rate
  }
}

function received(completion: Completion, receivedAt: Instant): Completion {
  return (read, attributes, columnOf) => {
    const { known_at: knownAt = null } = read
    const closedAt = read['closed_at'] ? spanOf(read['closed_at']).at : null
    // An outcome that lies ahead waits for its date, and so does a date of its knowledge.
    const waits = closedAt !== null && closedAt > receivedAt
    if (knownAt !== null && knownAt > receivedAt && !waits) {
      const message = `lies ahead of our clock, ${receivedAt}: leave it out for what is known now`
      return { problem: problem('known_in_future', 'known_at', knownAt, message) }
    }
    const completed = completion(read, attributes, columnOf)
    const createdAt = read['created_at'] ?? null
    const since = createdAt !== null && createdAt < receivedAt ? createdAt : null
    return 'row' in completed ? { ...completed, row: { ...completed.row, assumed_known_at: since } } : completed
  }
}

function withDeleted(read: StagedRow): StagedRow {
  return { ...read, deleted: read['deleted'] ?? 'false' }
}

/** Known since it was created. A removal is not: without a date of its own it is known since the import. */
function link(read: StagedRow): StagedRow {
  const row = withDeleted(read)
  const since = row['deleted'] === 'true' ? null : (read['created_at'] ?? null)
  return { ...row, known_at: read['known_at'] ?? since }
}

/** An event that states no date was known when its record was created, or else when it happened. */
function event(read: StagedRow, defaults: Defaults): StagedRow {
  return {
    ...withDeleted(read),
    source: read['source'] ?? defaults.source,
    known_at: read['known_at'] ?? null,
    assumed_known_at: read['created_at'] ?? read['occurred_at'] ?? null,
  }
}

/** The actor of an event that names none: sales, so that no event counts as the buyer's by omission. */
function activity(read: StagedRow, attributes: string, defaults: Defaults): StagedRow {
  const stated = read['initiated_by'] ?? defaults.initiatedBy
  const initiatedBy = stated === 'unknown' ? 'sales' : stated
  const evidence = defaults.declaredEvidence || initiatedBy === 'buyer'
  return {
    ...event(read, defaults),
    ordinal: read['ordinal'] ?? '0',
    initiated_by: initiatedBy,
    evidence: String(evidence),
    attributes,
  }
}

/**
 * A period's research is observed when the period is over, and reaches us a provider's lag later:
 * a week that ends on 2024-03-10 is observed at 2024-03-11T00:00Z and known, with 7 days' lag, at 2024-03-18T00:00Z.
 */
function intentSignal(read: StagedRow, defaults: Defaults): Completed {
  const provider = read['provider'] ?? defaults.provider ?? null
  if (provider === null) return { problem: problem('missing_value', 'provider', null, 'provider is required') }
  const subject = read['account_external_id'] ?? read['domain']
  if (subject === null || subject === undefined) {
    return { problem: problem('no_subject', null, null, 'needs account_external_id or domain') }
  }
  const [start, end] = [read['period_start'] as IsoDate, read['period_end'] as IsoDate]
  if (end < start)
    return { problem: problem('period_reversed', 'period_end', end, `must not lie before period_start ${start}`) }
  const over = addDays(end, 1)
  const row = {
    ...withDeleted(read),
    provider,
    subject,
    observed_at: read['observed_at'] ?? startOfDay(over),
    known_at: read['known_at'] ?? null,
    assumed_known_at: startOfDay(addDays(over, defaults.providerLagDays)),
  }
  return { row }
}

function opportunity(given: StagedRow, attributes: string, defaults: Defaults, columnOf?: ColumnOf): Completed {
  const read: StagedRow = { ...withDeleted(given), attributes }
  const { outcome = null } = read
  // A deletion may consist of a key only. Without an outcome the row is incomplete, and its dates are not used.
  if (outcome === null && read['deleted'] === 'true') {
    const completed = withCurrency({ ...read, opened_at: null, closed_at: null }, { ...defaults, strict: false })
    return 'row' in completed ? { row: completed.row } : completed
  }
  // What is ordered has its place in the order whether it was decided or not.
  const isOpenInOrder = outcome === 'open' && isInOrder(read['closed_at'] ?? '')
  const closed = read['closed_at'] && !isOpenInOrder ? spanOf(read['closed_at']) : null
  if (outcome === 'open' && closed) {
    return { problem: problem('close_without_outcome', 'closed_at', closed.at, 'an open opportunity has no closed_at') }
  }
  if (outcome !== 'open' && !closed) {
    return { problem: problem('outcome_without_close', 'closed_at', null, `outcome ${outcome} needs closed_at`) }
  }
  const dated = opportunityDates({
    opened: read['opened_at'] ? spanOf(read['opened_at']) : null,
    closed,
    knownAt: (read['known_at'] ?? null) as Instant | null,
  })
  if ('problem' in dated) return dated
  const { dates, mark } = dated
  const row = { ...read, ...dates, ...(mark && { attributes: marked(attributes, mark) }) }
  const completed = withCurrency(row, defaults, columnOf)
  if (!mark || 'problem' in completed) return completed
  return { ...completed, unreadable: [...(completed.unreadable ?? []), { field: 'opened_at', problem: mark }] }
}

/** An opportunity whose days contradict each other is kept, and is no example in training. */
function marked(attributes: string, { value }: Problem): string {
  return `${attributes.slice(0, -1)}${attributes === '{}' ? '' : ','}"${CLOSED_BEFORE_OPENED}":${JSON.stringify(value)}}`
}

/** Without its currency an amount says nothing: it is unknown, and the rest of the row is kept. */
function withCurrency(row: StagedRow, { currency: ofAll, strict }: Defaults, columnOf?: ColumnOf): Completed {
  if (row['amount'] === null || row['amount'] === undefined) return { row }
  const read = amountOf(row, ofAll, columnOf)
  if ('amount' in read) return { row: { ...row, ...read } }
  if (strict) return read
  return { row: { ...row, amount: null }, unreadable: [{ field: 'amount', problem: read.problem }] }
}

const readKey = fieldReader({ type: 'key' }, {})
const readAddressOrNetwork = fieldReader({ type: 'network' }, {})

function accountLink(given: StagedRow): Completed {
  const read = withDeleted(given)
  const { kind, value = '' } = read
  if (kind === 'visitor' || kind === 'merge') {
    const key = readKey(value ?? '', 'value')
    if (key === null) return { problem: problem('missing_value', 'value', value, 'value is required') }
    if (typeof key !== 'string') return { problem: key }
    if (kind === 'visitor' || read['deleted'] !== 'true') return { row: { ...read, value: key } }
    return { problem: problem('merge_refused', 'deleted', 'true', 'a merge cannot be taken back') }
  }
  if (kind === 'network') {
    const network = readAddressOrNetwork(value ?? '', 'value')
    return network === null || typeof network === 'string' ? { row: { ...read, value: network } } : { problem: network }
  }
  const domain = normalDomain(value ?? '')
  if (domain === undefined)
    return { problem: problem('bad_domain', 'value', value, 'expected a domain as in acme.com') }
  return { row: { ...read, value: domain } }
}

function spend(read: StagedRow, { currency: ofAll }: Defaults, columnOf?: ColumnOf): Completed {
  const money = amountOf(read, ofAll, columnOf)
  if ('problem' in money) return money
  if (!money.amount.startsWith('-')) return { row: { ...read, ...money } }
  return { problem: problem('out_of_range', 'amount', money.amount, 'must be 0 or more') }
}

function rate(read: StagedRow): Completed {
  const { usd_per_unit: usd = null } = read
  if (usd !== null && Number(usd) > 0 && Number(usd) < 1e9) return { row: read }
  return { problem: problem('out_of_range', 'usd_per_unit', usd, 'must be above 0 and below 1e9') }
}

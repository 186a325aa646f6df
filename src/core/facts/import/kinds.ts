import type { FieldType } from './field-types.ts'

export const IMPORT_KINDS = [
  'accounts',
  'contacts',
  'activities',
  'intent-signals',
  'business-events',
  'opportunities',
  'opportunity-contacts',
  'stage-history',
  'account-links',
  'customer-events',
  'spend',
  'rates',
] as const

export type ImportKind = (typeof IMPORT_KINDS)[number]

export interface Field {
  readonly type: FieldType
  readonly required: boolean
  /** Kept in the row's `attributes` instead of a column of its own. */
  readonly attribute: boolean
  /** Required, except in rows that delete. */
  readonly unlessDeleted?: boolean
}

/** The columns that a kind of fact knows, in the order docs/import.md lists them. */
export type Fields = Readonly<Record<string, Field>>

export const SENIORITIES = ['c_level', 'vp', 'director', 'manager', 'individual'] as const
export const BUYING_ROLES = [
  'economic_decision_maker',
  'technical_decision_maker',
  'procurement',
  'influencer',
  'user',
] as const
export const INITIATORS = ['buyer', 'sales', 'system'] as const

type SimpleType = Exclude<FieldType['type'], 'choice' | 'list' | 'domains'>

function optional(type: SimpleType): Field {
  return { type: { type }, required: false, attribute: false }
}
function required(type: SimpleType): Field {
  return { type: { type }, required: true, attribute: false }
}
function choice(choices: readonly string[], isRequired = false): Field {
  return { type: { type: 'choice', choices }, required: isRequired, attribute: false }
}
function attribute(type: 'text' | 'key' | 'dollars' | 'count' | 'boolean'): Field {
  return { type: { type }, required: false, attribute: true }
}
/** The fields that a row which deletes a fact may omit. */
function unlessDeleted(field: Field): Field {
  return { ...field, unlessDeleted: true }
}
function several(type: 'list' | 'domains', isAttribute: boolean): Field {
  return { type: { type, separator: ';' }, required: false, attribute: isAttribute }
}

/** The key of an event is often put together by a template. */
const COMPOSED: Field = { type: { type: 'key', composed: true }, required: true, attribute: false }
const OPT_OUT: Field = { type: { type: 'boolean', optOut: true }, required: false, attribute: true }
const DAY_OR_TIME: Field = { type: { type: 'instant', spans: true }, required: false, attribute: false }

export const FIELDS: Readonly<Record<ImportKind, Fields>> = {
  accounts: {
    external_id: required('key'),
    source: optional('label'),
    known_at: optional('instant'),
    created_at: optional('instant'),
    domain: several('domains', false),
    name: attribute('text'),
    industry: attribute('text'),
    employees: attribute('count'),
    revenue_usd: attribute('dollars'),
    country: attribute('text'),
    region: attribute('text'),
    ownership: attribute('text'),
    technologies: several('list', true),
    in_crm: attribute('boolean'),
    motion: attribute('text'),
    owner: attribute('text'),
    parent_account_external_id: attribute('key'),
    do_not_contact: OPT_OUT,
    deleted: optional('boolean'),
  },
  contacts: {
    external_id: required('key'),
    source: optional('label'),
    known_at: optional('instant'),
    created_at: optional('instant'),
    account_external_id: optional('key'),
    email: optional('email'),
    name: optional('text'),
    title: optional('text'),
    seniority: choice(SENIORITIES),
    department: optional('label'),
    buying_role: choice(BUYING_ROLES),
    mql_at: optional('instant'),
    owner: attribute('text'),
    do_not_contact: OPT_OUT,
    consent: attribute('text'),
    deleted: optional('boolean'),
  },
  activities: {
    source: optional('label'),
    source_id: COMPOSED,
    kind: unlessDeleted(required('label')),
    occurred_at: unlessDeleted(required('instant')),
    known_at: optional('instant'),
    ordinal: optional('integer'),
    initiated_by: choice([...INITIATORS, 'unknown']),
    contact_external_id: optional('key'),
    account_external_id: optional('key'),
    email: optional('email'),
    domain: optional('domain'),
    ip: optional('address'),
    visitor_id: optional('key'),
    deleted: optional('boolean'),
  },
  'intent-signals': {
    provider: required('label'),
    topic: required('label'),
    account_external_id: optional('key'),
    domain: optional('domain'),
    period_start: required('day'),
    period_end: required('day'),
    strength: unlessDeleted(required('strength')),
    observed_at: optional('instant'),
    known_at: optional('instant'),
    deleted: optional('boolean'),
  },
  'business-events': {
    source: optional('label'),
    source_id: COMPOSED,
    kind: unlessDeleted(required('label')),
    account_external_id: optional('key'),
    domain: optional('domain'),
    occurred_at: unlessDeleted(required('instant')),
    known_at: optional('instant'),
    deleted: optional('boolean'),
  },
  opportunities: {
    external_id: required('key'),
    account_external_id: optional('key'),
    name: optional('text'),
    opened_at: DAY_OR_TIME,
    closed_at: DAY_OR_TIME,
    outcome: unlessDeleted(choice(['won', 'lost', 'open'], true)),
    amount: optional('money'),
    currency: optional('currency'),
    type: choice(['new_business', 'renewal', 'expansion']),
    lead_source: choice(['inbound', 'outbound', 'partner']),
    stage: optional('label'),
    known_at: optional('instant'),
    owner: attribute('text'),
    region: attribute('text'),
    product_line: attribute('text'),
    deleted: optional('boolean'),
  },
  'opportunity-contacts': {
    opportunity_external_id: required('key'),
    contact_external_id: required('key'),
    role: choice(BUYING_ROLES),
    known_at: optional('instant'),
    deleted: optional('boolean'),
  },
  'stage-history': {
    opportunity_external_id: required('key'),
    stage: required('label'),
    entered_at: required('instant'),
    known_at: optional('instant'),
  },
  'account-links': {
    account_external_id: required('key'),
    kind: choice(['domain', 'network', 'visitor', 'merge'], true),
    value: required('label'),
    known_at: optional('instant'),
    deleted: optional('boolean'),
  },
  'customer-events': {
    source: optional('label'),
    source_id: COMPOSED,
    account_external_id: unlessDeleted(required('key')),
    kind: unlessDeleted(choice(['renewal', 'expansion', 'churn'], true)),
    occurred_at: unlessDeleted(required('instant')),
    known_at: optional('instant'),
    amount: optional('money'),
    currency: optional('currency'),
    deleted: optional('boolean'),
  },
  spend: {
    month: { type: { type: 'month' }, required: true, attribute: false },
    channel: required('label'),
    currency: optional('currency'),
    amount: required('money'),
  },
  rates: {
    currency: required('currency'),
    day: required('day'),
    usd_per_unit: required('rate'),
  },
}

/** Kinds whose rows carry `attributes`: the others refuse columns that they do not know. */
export const KINDS_WITH_ATTRIBUTES: readonly ImportKind[] = [
  'accounts',
  'contacts',
  'activities',
  'business-events',
  'opportunities',
]

import { z } from 'zod'
import { INSTANT_SCHEMA } from '../../../core/base/instant-field.ts'
import type { FieldType } from '../../../core/facts/import/field-types.ts'
import { FIELDS, KINDS_WITH_ATTRIBUTES } from '../../../core/facts/import/kinds.ts'
import { ATTRIBUTES } from '../../../core/facts/import/received-row.ts'
import type { ReceivedKind } from '../../../store/facts/import/received.ts'

type JsonSchema = Readonly<Record<string, unknown>>

/** Larger integers are not exact as doubles. */
const EXACT = { minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }

const SIMPLE: Readonly<Record<Exclude<FieldType['type'], 'choice'>, JsonSchema>> = {
  // Ids of a CRM are often numbers.
  key: { type: ['string', 'integer'], minLength: 1, maxLength: 400, ...EXACT },
  label: { type: ['string', 'integer'], minLength: 1, maxLength: 400, ...EXACT },
  text: { type: ['string', 'integer'], maxLength: 10_000, ...EXACT },
  number: { type: 'number', ...EXACT },
  dollars: { type: 'number', ...EXACT },
  count: { type: 'number', ...EXACT, minimum: 0 },
  rate: { type: 'number', exclusiveMinimum: 0 },
  integer: { type: 'integer', minimum: -999_999_999_999_999, maximum: 999_999_999_999_999 },
  money: { type: ['number', 'string'], description: 'At most 14 digits and 4 decimals.' },
  currency: { type: 'string', pattern: '^[A-Za-z]{3}$' },
  strength: { type: 'number', minimum: 0, maximum: 100 },
  boolean: { type: 'boolean' },
  instant: INSTANT_SCHEMA,
  day: { type: 'string', format: 'date', description: 'Years 1900 to 2199.' },
  month: { type: 'string', pattern: '^[0-9]{4}-[0-9]{2}$' },
  domain: { type: 'string', minLength: 1, maxLength: 1000 },
  email: { type: 'string', minLength: 1, maxLength: 1000 },
  address: { type: 'string', description: 'IPv4 or IPv6.' },
  network: { type: 'string', description: 'As in 192.0.2.0/24.' },
  list: { type: 'array', items: { type: 'string', maxLength: 400 } },
  domains: { type: 'array', items: { type: 'string', maxLength: 1000 } },
}

const NOTES: Readonly<Record<string, string>> = {
  known_at: 'The instant since which the fact is known, not in the future. Default: the instant of receipt.',
  created_at: 'When your system created the record. Default of known_at.',
  deleted: 'True deletes the fact with the same key; no other field is needed.',
  source: 'The system that sent the fact. Default: crm.',
  initiated_by: 'Who initiated it; only activities of the buyer count as evidence. Default: sales.',
}

const ATTRIBUTES_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'Further attributes: texts, numbers, booleans, lists of texts.',
  additionalProperties: {
    anyOf: [
      { type: ['string', 'number', 'boolean', 'null'], ...EXACT },
      { type: 'array', items: { type: 'string', maxLength: 400 } },
    ],
  },
}

const NAMES: Readonly<Record<ReceivedKind, string>> = {
  accounts: 'AccountRow',
  contacts: 'ContactRow',
  activities: 'ActivityRow',
  'intent-signals': 'IntentSignalRow',
  'business-events': 'BusinessEventRow',
  opportunities: 'OpportunityRow',
  'customer-events': 'CustomerEventRow',
}

/** A row in the OpenAPI document. The schema accepts any value: the import reader validates and answers row by row. */
export function rowSchema(kind: ReceivedKind) {
  const fields = Object.entries(FIELDS[kind])
  const properties = fields.map(([name, { type }]) => {
    const schema = type.type === 'choice' ? { type: 'string', enum: type.choices } : SIMPLE[type.type]
    return [name, name in NOTES ? { ...schema, description: NOTES[name] } : schema] as const
  })
  const hasAttributes = KINDS_WITH_ATTRIBUTES.includes(kind)
  return z.unknown().meta({
    id: NAMES[kind],
    description: `One of ${kind}. Null and empty text mean unknown.`,
    type: 'object',
    properties: { ...Object.fromEntries(properties), ...(hasAttributes && { [ATTRIBUTES]: ATTRIBUTES_SCHEMA }) },
    required: fields.filter(([, field]) => field.required && !field.unlessDeleted).map(([name]) => name),
    additionalProperties: false,
    examples: [...ROW_EXAMPLES[kind]],
  })
}

export const ROW_EXAMPLES: Readonly<Record<ReceivedKind, readonly JsonSchema[]>> = {
  accounts: [
    {
      external_id: '0015g00000XyZab',
      name: 'Acme GmbH',
      domain: ['acme.com', 'acme.de'],
      industry: 'software',
      employees: 420,
      country: 'DE',
      technologies: ['postgresql', 'salesforce'],
      in_crm: true,
      attributes: { fiscal_year_end: 'June', tier: 2 },
    },
  ],
  contacts: [
    {
      external_id: '0035g00000AbCde',
      account_external_id: '0015g00000XyZab',
      email: 'ann@acme.com',
      name: 'Ann Example',
      title: 'VP Purchasing',
      seniority: 'vp',
      buying_role: 'economic_decision_maker',
    },
  ],
  activities: [
    {
      source: 'website',
      source_id: 'v-20260302-0007',
      kind: 'pricing_page_visit',
      occurred_at: '2026-03-02T09:12:00Z',
      initiated_by: 'buyer',
      domain: 'acme.com',
    },
    { source: 'website', source_id: 'v-20260301-0001', deleted: true },
  ],
  'intent-signals': [
    {
      provider: 'research-network',
      topic: 'data warehouse',
      domain: 'acme.com',
      period_start: '2026-02-23',
      period_end: '2026-03-01',
      strength: 78,
    },
  ],
  'business-events': [
    {
      source: 'news',
      source_id: 'n-4711',
      kind: 'funding',
      occurred_at: '2026-02-27T00:00:00Z',
      domain: 'acme.com',
      attributes: { round: 'B', amount_usd: 25_000_000 },
    },
  ],
  opportunities: [
    {
      external_id: '0065g00000OpQrs',
      account_external_id: '0015g00000XyZab',
      opened_at: '2026-01-15T10:00:00Z',
      outcome: 'open',
      type: 'new_business',
      lead_source: 'inbound',
      stage: 'Proposal',
      amount: 48_000,
      currency: 'EUR',
    },
  ],
  'customer-events': [
    {
      source_id: 'renewal-2026-0015',
      kind: 'renewal',
      account_external_id: '0015g00000XyZab',
      occurred_at: '2026-03-01T00:00:00Z',
      amount: 52_000,
      currency: 'EUR',
    },
  ],
}

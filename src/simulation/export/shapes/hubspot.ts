import { ENGAGEMENT_TYPE, FIVETRAN_TABLES, inFivetran, stageOf, startOf } from './hubspot-fivetran.ts'
import type { IdBook } from './ids.ts'
import {
  type CrmActivity,
  type CrmCompany,
  type CrmDeal,
  type CrmPerson,
  type CrmRecords,
  kept,
  namesOf,
} from './records.ts'
import { type ShapeTable, tableOf } from './shape.ts'
import type { Value } from './values.ts'

/**
 * HubSpot's records as its exports name them. Labels and internal names of properties: HubSpot's list of default properties
 * and the CRM API; tables and columns of Fivetran: the seeds of fivetran/dbt_hubspot_source.
 */
export type HubspotNames = 'labels' | 'internal' | 'fivetran'

/** The names of a column in the three shapes, null where a shape lacks it, and what it holds. */
type Property<Record> = readonly [
  label: string | null,
  internal: string | null,
  fivetran: string | null,
  value: (record: Record, ids: IdBook) => Value,
]
const PLACE = { labels: 0, internal: 1, fivetran: 2 } as const

function hubspotTable<Record>(
  names: HubspotNames,
  files: readonly [labels: string, internal: string, fivetran: string],
  properties: readonly Property<Record>[],
  recordsOf: (records: CrmRecords) => readonly Record[],
): ShapeTable {
  const place = PLACE[names]
  const columns = properties.flatMap(({ [place]: name, 3: value }) => (name === null ? [] : [[name, value] as const]))
  return tableOf(files[place], columns, recordsOf)
}

export function hubspotTables(names: HubspotNames, hasCurrency: boolean): readonly ShapeTable[] {
  const deals = DEAL.filter(([label]) => hasCurrency || label !== 'Currency')
  const shown: typeof kept = names === 'fivetran' ? (records) => records : kept
  const engagements = ENGAGEMENTS.map(({ kinds, files, properties }) =>
    hubspotTable(names, files, [...ENGAGEMENT_KEYS, ...properties], ({ activities }) =>
      activities.filter(({ kind, people }) => kinds.includes(kind) && people.length > 0),
    ),
  )
  return [
    hubspotTable(names, ['all-companies', 'companies', 'COMPANY'], COMPANY, ({ companies }) => shown(companies)),
    hubspotTable(names, ['all-contacts', 'contacts', 'CONTACT'], PERSON, ({ people }) => shown(people)),
    hubspotTable(names, ['all-deals', 'deals', 'DEAL'], deals, (records) => shown(records.deals)),
    ...engagements,
    ...(names === 'fivetran' ? FIVETRAN_TABLES : []),
  ]
}

/** The activities that the export holds. Of marketing's, only pipelines bring the events; files have them on other pages. */
export function inHubspot(names: HubspotNames): (activity: CrmActivity) => boolean {
  return (activity) =>
    (activity.kind in ENGAGEMENT_TYPE && activity.people.length > 0) || (names === 'fivetran' && inFivetran(activity))
}

const COMPANY: readonly Property<CrmCompany>[] = [
  ['Record ID', 'hs_object_id', 'id', (row, ids) => ids.idOf('company', row.external_id)],
  [null, null, 'is_deleted', ({ gone }) => gone],
  ['Company name', 'name', 'property_name', (row) => row.name],
  ['Company Domain Name', 'domain', 'property_domain', (row) => row.domain],
  ['Industry', 'industry', 'property_industry', (row) => row.industry],
  ['Number of Employees', 'numberofemployees', 'property_numberofemployees', (row) => row.employees],
  ['Annual Revenue', 'annualrevenue', 'property_annualrevenue', (row) => row.revenue_usd],
  ['Country/Region', 'country', 'property_country', (row) => row.country],
  ['State/Region', 'state', 'property_state', (row) => row.region],
  ['Is Public', 'is_public', 'property_is_public', (row) => row.ownership === 'public'],
  ['Web Technologies', 'web_technologies', 'property_web_technologies', (row) => row.technologies.join(';')],
  ['Lifecycle Stage', 'lifecyclestage', 'property_lifecyclestage', (row) => lifecycleOf(row)],
  ['Company owner', 'hubspot_owner_id', 'property_hubspot_owner_id', () => null],
  ['Create Date', 'createdate', 'property_createdate', (row) => ({ instant: row.created_at })],
]

const SENIORITY = {
  c_level: ['executive', 'Executive'],
  vp: ['vp', 'VP'],
  director: ['director', 'Director'],
  manager: ['manager', 'Manager'],
  individual: ['employee', 'Employee'],
} as const
/** HubSpot's options; it has none for who decides on the technology. */
const BUYING_ROLE = {
  economic_decision_maker: ['BUDGET_HOLDER', 'Budget Holder'],
  technical_decision_maker: ['OTHER', 'Other'],
  procurement: ['LEGAL_AND_COMPLIANCE', 'Legal & Compliance'],
  influencer: ['INFLUENCER', 'Influencer'],
  user: ['END_USER', 'End User'],
} as const

const PERSON: readonly Property<CrmPerson>[] = [
  ['Record ID', 'hs_object_id', 'id', (row, ids) => ids.idOf('person', row.external_id)],
  [null, null, '_fivetran_deleted', ({ gone }) => gone],
  ['First Name', 'firstname', 'property_firstname', (row) => namesOf(row.name)[0]],
  ['Last Name', 'lastname', 'property_lastname', (row) => namesOf(row.name)[1]],
  ['Email', 'email', 'property_email', (row) => row.email],
  ['Job Title', 'jobtitle', 'property_jobtitle', (row) => row.title],
  ['Employment Seniority', 'hs_seniority', 'property_hs_seniority', (row) => ({ choice: SENIORITY[row.seniority] })],
  ['Buying Role', 'hs_buying_role', 'property_hs_buying_role', (row) => ({ choice: BUYING_ROLE[row.buying_role] })],
  ['Unsubscribed from all email', 'hs_email_optout', 'property_hs_email_optout', () => null],
  ['Associated Company IDs', null, null, (row, ids) => ids.idOf('company', row.account_external_id)],
  [
    'Associated Company IDs (Primary)',
    'associatedcompanyid',
    'property_associatedcompanyid',
    (row, ids) => ids.idOf('company', row.account_external_id),
  ],
  ['Create Date', 'createdate', 'property_createdate', (row) => ({ instant: row.created_at })],
]

const DEAL_TYPE = {
  new_business: ['newbusiness', 'New Business'],
  expansion: ['existingbusiness', 'Existing Business'],
  // An option that a portal adds.
  renewal: ['renewal', 'Renewal'],
} as const
/** A partner's deals are entered by hand, which HubSpot calls offline. */
const TRAFFIC = {
  inbound: ['ORGANIC_SEARCH', 'Organic Search'],
  outbound: ['OFFLINE', 'Offline Sources'],
  partner: ['OFFLINE', 'Offline Sources'],
} as const

const DEAL: readonly Property<CrmDeal>[] = [
  ['Record ID', 'hs_object_id', 'deal_id', (row, ids) => ids.idOf('deal', row.external_id)],
  [null, null, 'is_deleted', ({ gone }) => gone],
  ['Deal Name', 'dealname', 'property_dealname', (row) => row.name],
  ['Pipeline', 'pipeline', 'deal_pipeline_id', () => ({ choice: ['default', 'Sales Pipeline'] })],
  ['Deal Stage', 'dealstage', 'deal_pipeline_stage_id', (row, ids) => stageOf(row.stage, ids)],
  ['Amount', 'amount', 'property_amount', (row) => row.amount],
  ['Currency', 'deal_currency_code', 'property_deal_currency_code', (row) => row.currency],
  ['Close Date', 'closedate', 'property_closedate', (row) => ({ instant: row.close_date })],
  ['Create Date', 'createdate', 'property_createdate', (row) => ({ instant: row.opened_at })],
  ['Deal Type', 'dealtype', 'property_dealtype', (row) => ({ choice: DEAL_TYPE[row.type] })],
  [
    'Original Traffic Source',
    'hs_analytics_source',
    'property_hs_analytics_source',
    (row) => ({ choice: TRAFFIC[row.lead_source] }),
  ],
  ['Is Deal Closed?', 'hs_is_closed', null, (row) => row.outcome !== 'open'],
  ['Is Closed Won', 'hs_is_closed_won', null, (row) => row.outcome === 'won'],
  [
    'Associated Company IDs (Primary)',
    'associatedcompanyid',
    null,
    (row, ids) => ids.idOf('company', row.account_external_id),
  ],
  ['Associated Contact IDs', 'associations.contact', null, (row, ids) => peopleOf(row.people, ids)],
]

interface Engagement {
  readonly kinds: readonly string[]
  readonly files: readonly [string, string, string]
  readonly properties: readonly Property<CrmActivity>[]
}

const ENGAGEMENTS: readonly Engagement[] = [
  {
    kinds: ['sales_call'],
    files: ['all-calls', 'calls', 'ENGAGEMENT_CALL'],
    properties: [
      [
        'Call direction',
        'hs_call_direction',
        'property_hs_call_direction',
        () => ({ choice: ['OUTBOUND', 'Outbound'] }),
      ],
      ['Call outcome', 'hs_call_disposition', 'property_hs_call_disposition', () => null],
    ],
  },
  {
    kinds: ['sales_email', 'email_reply'],
    files: ['all-emails', 'emails', 'ENGAGEMENT_EMAIL'],
    properties: [
      [
        'Email direction',
        'hs_email_direction',
        'property_hs_email_direction',
        ({ kind }) => ({ choice: kind === 'email_reply' ? ['INCOMING_EMAIL', 'Incoming Email'] : ['EMAIL', 'Email'] }),
      ],
      [
        'Email from address',
        'hs_email_from_email',
        'property_hs_email_from_email',
        ({ kind, email }) => (kind === 'email_reply' ? email : 'sales@vendor.example'),
      ],
    ],
  },
  {
    kinds: ['sales_meeting'],
    files: ['all-meetings', 'meetings', 'ENGAGEMENT_MEETING'],
    properties: [
      ['Meeting start time', 'hs_meeting_start_time', 'property_hs_meeting_start_time', startOf],
      [
        'Meeting outcome',
        'hs_meeting_outcome',
        'property_hs_meeting_outcome',
        () => ({ choice: ['COMPLETED', 'Completed'] }),
      ],
    ],
  },
]

const ENGAGEMENT_KEYS: readonly Property<CrmActivity>[] = [
  ['Record ID', 'hs_object_id', 'engagement_id', (row, ids) => ids.idOf('engagement', row.source_id)],
  [null, null, '_fivetran_deleted', () => false],
  ['Activity date', 'hs_timestamp', 'property_hs_timestamp', startOf],
  ['Create Date', 'hs_createdate', 'property_hs_createdate', (row) => ({ instant: row.known_at })],
  ['Associated Contact IDs', 'associations.contact', null, (row, ids) => peopleOf(row.people, ids)],
  ['Associated Company IDs', 'associations.company', null, (row, ids) => ids.idOf('company', row.account)],
]

function peopleOf(people: readonly string[], ids: IdBook): string {
  return people.map((person) => ids.idOf('person', person)).join(';')
}

function lifecycleOf({ motion }: CrmCompany): Value {
  return { choice: motion === 'expansion' ? ['customer', 'Customer'] : ['lead', 'Lead'] }
}

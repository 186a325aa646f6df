import { shortSalesforceId, type CrmObject, type IdBook } from './ids.ts'
import {
  type CrmActivity,
  type CrmCompany,
  type CrmDeal,
  type CrmDealPerson,
  type CrmPerson,
  type CrmRecords,
  type CrmStageEntry,
  kept,
  namesOf,
} from './records.ts'
import { type Column, type ShapeTable, tableOf } from './shape.ts'
import type { Value } from './values.ts'

/**
 * Salesforce's records as its exports name them. API names: the Object Reference; labels of reports: the Field Reference;
 * tables and columns of Fivetran: the seeds of fivetran/dbt_salesforce_source, whose names are the API's in snake case.
 */
export type SalesforceNames = 'api' | 'report' | 'fivetran'

/** The name in the API, the label in reports, null where a report has no such column, and what it holds. */
type Field<Record> = readonly [
  api: string,
  label: string | null,
  value: (record: Record, ids: SalesforceIds, names: SalesforceNames) => Value,
]
type SalesforceIds = (object: CrmObject, ours: string) => string

function salesforceTable<Record>(
  names: SalesforceNames,
  object: string,
  report: string,
  fields: readonly Field<Record>[],
  recordsOf: (records: CrmRecords) => readonly Record[],
): ShapeTable {
  const file = { api: object, report, fivetran: snake(object) }[names]
  const columns = fields.flatMap(([api, label, value]): Column<Record>[] => {
    const name = { api, report: label, fivetran: snake(api) }[names]
    return name === null ? [] : [[name, (record, ids) => value(record, idsIn(ids, names), names)]]
  })
  return tableOf(file, columns, recordsOf)
}

function idsIn(ids: IdBook, names: SalesforceNames): SalesforceIds {
  return (object, ours) => (names === 'report' ? shortSalesforceId(ids.idOf(object, ours)) : ids.idOf(object, ours))
}

/** `OwnerId` is owner_id, and `Region__c` is region_c. */
function snake(name: string): string {
  return name
    .replace('__c', 'C')
    .replaceAll('.', '_')
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase()
}

export function salesforceTables(names: SalesforceNames, hasCurrency: boolean): readonly ShapeTable[] {
  const deals = OPPORTUNITY.filter(([api]) => hasCurrency || api !== 'CurrencyIsoCode')
  const shown: typeof kept = names === 'report' ? kept : (records) => records
  const of =
    (kinds: readonly string[]) =>
    ({ activities }: CrmRecords) =>
      activities.filter((row) => kinds.includes(row.kind) && inSalesforce(names)(row))
  return [
    salesforceTable(names, 'Account', 'All Accounts', ACCOUNT, ({ companies }) => shown(companies)),
    salesforceTable(names, 'Contact', 'All Contacts', CONTACT, ({ people }) => shown(people)),
    salesforceTable(names, 'Opportunity', 'All Opportunities', deals, (records) => shown(records.deals)),
    salesforceTable(
      names,
      'OpportunityContactRole',
      'Opportunities with Contact Roles',
      CONTACT_ROLE,
      ({ dealPeople }) => dealPeople,
    ),
    salesforceTable(names, 'OpportunityHistory', 'Opportunity History', HISTORY, ({ stages }) => stages),
    salesforceTable(names, 'Task', 'Tasks', TASK, of(TASKS)),
    salesforceTable(names, 'Event', 'Events', EVENT, of(['sales_meeting'])),
    ...(names === 'report' ? [] : [salesforceTable(names, 'EmailMessage', '', EMAIL_MESSAGE, of(['email_reply']))]),
    ...(names === 'report' ? [] : [campaigns(names)]),
    salesforceTable(
      names,
      'CampaignMember',
      'Campaign Members',
      names === 'report' ? [...CAMPAIGN_MEMBER, ...OF_CAMPAIGN] : CAMPAIGN_MEMBER,
      of(Object.keys(CAMPAIGNS)),
    ),
  ]
}

/** The activities that the export holds: sales', replies from an address, and responses to campaigns. */
export function inSalesforce(names: SalesforceNames): (activity: CrmActivity) => boolean {
  return ({ kind, people, email }) =>
    people.length > 0 &&
    (TASKS.includes(kind) ||
      kind === 'sales_meeting' ||
      kind in CAMPAIGNS ||
      (kind === 'email_reply' && email !== null && names !== 'report'))
}

const TASKS: readonly string[] = ['sales_call', 'sales_email']

/** The campaigns of the organisation: their types are the standard ones where there is one, and their names say the rest. */
const CAMPAIGNS: Readonly<Record<string, { readonly type: string; readonly name: string }>> = {
  webinar_attended: { type: 'Webinar', name: 'Monthly webinar' },
  event_attended: { type: 'Trade Show', name: 'Trade show' },
  content_download: { type: 'Other', name: 'White paper' },
  form_submit: { type: 'Website', name: 'Contact form' },
  demo_request: { type: 'Other', name: 'Demo request' },
  free_trial_start: { type: 'Other', name: 'Free trial' },
}

function campaigns(names: SalesforceNames): ShapeTable {
  const columns = ['Id', 'Name', 'Type', 'IsDeleted']
  return {
    ...tableOf(names === 'api' ? 'Campaign' : 'campaign', [], () => []),
    columns: names === 'api' ? columns : columns.map(snake),
    others: (ids) =>
      Object.entries(CAMPAIGNS).map(([kind, { type, name }]) => [ids.idOf('campaign', kind), name, type, false]),
  }
}

const ACCOUNT: readonly Field<CrmCompany>[] = [
  ['Id', 'Account ID', (row, id) => id('company', row.external_id)],
  ['IsDeleted', null, ({ gone }) => gone],
  ['MasterRecordId', null, () => null],
  ['Name', 'Account Name', (row) => row.name],
  ['Website', 'Website', (row) => `https://www.${row.domain}`],
  ['Industry', 'Industry', (row) => row.industry],
  ['NumberOfEmployees', 'Employees', (row) => row.employees],
  ['AnnualRevenue', 'Annual Revenue', (row) => row.revenue_usd],
  ['BillingCountryCode', 'Billing Country', (row) => row.country],
  ['Region__c', 'Region', (row) => row.region],
  ['Ownership', 'Ownership', (row) => row.ownership],
  ['Type', 'Type', (row) => (row.motion === 'expansion' ? 'Customer' : 'Prospect')],
  ['CreatedDate', 'Created Date', (row, _, names) => createdDate(row.created_at, names)],
]

const CONTACT: readonly Field<CrmPerson>[] = [
  ['Id', 'Contact ID', (row, id) => id('person', row.external_id)],
  ['IsDeleted', null, ({ gone }) => gone],
  ['AccountId', 'Account ID', (row, id) => id('company', row.account_external_id)],
  ['FirstName', 'First Name', (row) => namesOf(row.name)[0]],
  ['LastName', 'Last Name', (row) => namesOf(row.name)[1]],
  ['Email', 'Email', (row) => row.email],
  ['Title', 'Title', (row) => row.title],
  ['Department', 'Department', (row) => row.department],
  ['CreatedDate', 'Created Date', (row, _, names) => createdDate(row.created_at, names)],
]

const TYPE = { new_business: 'New Customer', expansion: 'Existing Customer - Upgrade', renewal: 'Renewal' } as const
const LEAD_SOURCE = { inbound: 'Web', outbound: 'Purchased List', partner: 'Partner' } as const

const OPPORTUNITY: readonly Field<CrmDeal>[] = [
  ['Id', 'Opportunity ID', (row, id) => id('deal', row.external_id)],
  ['IsDeleted', null, ({ gone }) => gone],
  ['AccountId', 'Account ID', (row, id) => id('company', row.account_external_id)],
  ['Name', 'Opportunity Name', (row) => row.name],
  ['StageName', 'Stage', (row) => stageOf(row.stage)],
  ['CurrencyIsoCode', 'Amount Currency', (row) => row.currency],
  ['Amount', 'Amount', (row) => row.amount],
  ['Probability', 'Probability (%)', (row) => ({ won: 100, lost: 0, open: 50 })[row.outcome]],
  ['CloseDate', 'Close Date', (row) => ({ day: row.close_date })],
  ['Type', 'Type', (row) => TYPE[row.type]],
  ['LeadSource', 'Lead Source', (row) => LEAD_SOURCE[row.lead_source]],
  ['IsClosed', 'Closed', (row) => row.outcome !== 'open'],
  ['IsWon', 'Won', (row) => row.outcome === 'won'],
  ['CreatedDate', 'Created Date', (row, _, names) => createdDate(row.opened_at, names)],
]

/** Two of the standard roles, and one for each of our roles that Salesforce has no word for, as organisations add them. */
const ROLE = {
  economic_decision_maker: 'Economic Buyer',
  technical_decision_maker: 'Technical Buyer',
  procurement: 'Procurement',
  influencer: 'Influencer',
  user: 'Business User',
} as const

const CONTACT_ROLE: readonly Field<CrmDealPerson>[] = [
  ['Id', null, (row, id) => id('contact_role', `${row.opportunity_external_id}/${row.contact_external_id}`)],
  ['IsDeleted', null, () => false],
  ['OpportunityId', 'Opportunity ID', (row, id) => id('deal', row.opportunity_external_id)],
  ['ContactId', 'Contact ID', (row, id) => id('person', row.contact_external_id)],
  ['Role', 'Contact Role', (row) => ROLE[row.role]],
  ['CreatedDate', null, (row) => ({ instant: row.known_at })],
]

const HISTORY: readonly Field<CrmStageEntry>[] = [
  ['Id', null, (row, id) => id('stage_change', `${row.opportunity_external_id}/${row.stage}/${row.entered_at}`)],
  ['OpportunityId', 'Opportunity ID', (row, id) => id('deal', row.opportunity_external_id)],
  ['StageName', 'To Stage', (row) => stageOf(row.stage)],
  ['CreatedDate', 'Last Modified', (row) => ({ instant: row.entered_at })],
  ['IsDeleted', null, () => false],
]

const WHO: readonly Field<CrmActivity>[] = [
  ['WhoId', 'Contact ID', ({ people: [person] }, id) => (person === undefined ? null : id('person', person))],
  ['AccountId', 'Account ID', (row, id) => id('company', row.account)],
  ['IsDeleted', null, () => false],
]

const TASK: readonly Field<CrmActivity>[] = [
  ['Id', 'Activity ID', (row, id) => id('task', row.source_id)],
  ...WHO,
  ['Subject', 'Subject', ({ kind }) => (kind === 'sales_call' ? 'Call' : 'Email: hello')],
  ['TaskSubtype', 'Task Subtype', ({ kind }) => (kind === 'sales_call' ? 'Call' : 'Email')],
  ['Status', 'Status', () => 'Completed'],
  ['IsClosed', 'Closed', () => true],
  ['CallType', 'Call Type', ({ kind }) => (kind === 'sales_call' ? 'Outbound' : null)],
  ['ActivityDate', 'Date', (row) => ({ day: row.occurred_at })],
  ['CompletedDateTime', 'Completed Date/Time', (row) => ({ instant: row.occurred_at })],
  ['CreatedDate', 'Create Date', (row, _, names) => createdDate(row.known_at, names)],
]

const EVENT: readonly Field<CrmActivity>[] = [
  ['Id', 'Activity ID', (row, id) => id('event', row.source_id)],
  ...WHO,
  ['Subject', 'Subject', () => 'Meeting'],
  ['IsChild', null, () => false],
  ['ActivityDate', 'Date', (row) => ({ day: row.occurred_at })],
  ['ActivityDateTime', null, (row) => ({ instant: row.occurred_at })],
  ['StartDateTime', 'Start', (row) => ({ instant: row.occurred_at })],
  ['CreatedDate', 'Create Date', (row, _, names) => createdDate(row.known_at, names)],
]

const EMAIL_MESSAGE: readonly Field<CrmActivity>[] = [
  ['Id', null, (row, id) => id('email', row.source_id)],
  ['IsDeleted', null, () => false],
  ['Incoming', null, () => true],
  ['FromAddress', null, (row) => row.email],
  ['ToAddress', null, () => 'sales@vendor.example'],
  ['Status', null, () => '1'],
  ['MessageDate', null, (row) => ({ instant: row.occurred_at })],
  ['CreatedDate', null, (row) => ({ instant: row.known_at })],
]

const CAMPAIGN_MEMBER: readonly Field<CrmActivity>[] = [
  ['Id', 'Campaign Member ID', (row, id) => id('campaign_member', row.source_id)],
  ['IsDeleted', null, () => false],
  ['CampaignId', 'Campaign ID', ({ kind }, id) => id('campaign', kind)],
  ['Type', null, () => 'Contact'],
  ['ContactId', 'Contact ID', ({ people: [person] }, id) => (person === undefined ? null : id('person', person))],
  ['Status', 'Member Status', () => 'Responded'],
  ['HasResponded', 'Responded', () => true],
  ['FirstRespondedDate', 'First Responded Date', (row) => ({ day: row.occurred_at })],
]
/** Reports join the campaign. */
const OF_CAMPAIGN: readonly Field<CrmActivity>[] = [
  ['Campaign.Name', 'Campaign Name', ({ kind }) => CAMPAIGNS[kind]?.name ?? null],
  ['Campaign.Type', 'Campaign Type', ({ kind }) => CAMPAIGNS[kind]?.type ?? null],
]

/** Reports show the day on which a record was created. */
function createdDate(instant: CrmDeal['opened_at'], names: SalesforceNames): Value {
  return names === 'report' ? { day: instant } : { instant }
}

function stageOf(stage: string): string {
  return stage.replaceAll(/(^|_)[a-z]/g, (start) => start.replace('_', ' ').toUpperCase())
}

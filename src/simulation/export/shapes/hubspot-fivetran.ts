import type { IdBook } from './ids.ts'
import type { CrmActivity, CrmDeal, CrmDealPerson, CrmRecords, CrmStageEntry } from './records.ts'
import { type ShapeTable, tableOf } from './shape.ts'
import type { Value } from './values.ts'

/** What HubSpot calls the engagements of sales. */
export const ENGAGEMENT_TYPE: Readonly<Record<string, string>> = {
  sales_call: 'CALL',
  sales_email: 'EMAIL',
  email_reply: 'EMAIL',
  sales_meeting: 'MEETING',
}

/** A form of the portal for each kind of conversion: its name is what tells them apart. */
const FORMS: Readonly<Record<string, { readonly name: string; readonly page: string }>> = {
  demo_request: { name: 'Request a demo', page: '/request-demo' },
  free_trial_start: { name: 'Start a free trial', page: '/free-trial' },
  content_download: { name: 'White paper download', page: '/resources/white-paper' },
  form_submit: { name: 'Contact us', page: '/contact' },
}
const EMAIL_EVENTS: Readonly<Record<string, string>> = { email_open: 'OPEN', email_click: 'CLICK' }
const STAGES = ['discovery', 'qualification', 'solution', 'proposal', 'negotiation', 'closed_won', 'closed_lost']

/** Marketing's activities that pipelines bring: a mail has reached an address. */
export function inFivetran({ kind, people, email }: CrmActivity): boolean {
  return people.length > 0 && (kind in FORMS || (kind in EMAIL_EVENTS && email !== null))
}

const engagementsOf = ({ activities }: CrmRecords) =>
  activities.flatMap((row) => {
    const type = ENGAGEMENT_TYPE[row.kind]
    return type !== undefined && row.people.length > 0 ? [{ ...row, type }] : []
  })
const engagedOf = (records: CrmRecords) =>
  engagementsOf(records).flatMap((row) => row.people.map((person) => ({ ...row, person })))
const dealsOf = ({ deals }: CrmRecords) => deals

/** Associations and events are tables of their own, and so are the names of stages and forms. */
export const FIVETRAN_TABLES: readonly ShapeTable[] = [
  tableOf<CrmDeal>(
    'DEAL_COMPANY',
    [
      ['company_id', (row, ids) => ids.idOf('company', row.account_external_id)],
      ['deal_id', (row, ids) => ids.idOf('deal', row.external_id)],
      ['type_id', () => '5'],
      ['category', () => 'HUBSPOT_DEFINED'],
    ],
    dealsOf,
  ),
  tableOf<CrmDealPerson>(
    'DEAL_CONTACT',
    [
      ['contact_id', (row, ids) => ids.idOf('person', row.contact_external_id)],
      ['deal_id', (row, ids) => ids.idOf('deal', row.opportunity_external_id)],
      ['type_id', () => '3'],
      ['category', () => 'HUBSPOT_DEFINED'],
    ],
    ({ dealPeople }) => dealPeople,
  ),
  tableOf<CrmStageEntry>(
    'DEAL_STAGE',
    [
      ['_fivetran_start', (row) => ({ instant: row.entered_at })],
      ['deal_id', (row, ids) => ids.idOf('deal', row.opportunity_external_id)],
      ['date_entered', (row) => ({ instant: row.entered_at })],
      ['source', () => 'CRM_UI'],
      ['value', (row, ids) => stageOf(row.stage, ids)],
    ],
    ({ stages }) => stages,
  ),
  {
    ...tableOf('DEAL_PIPELINE_STAGE', [], () => []),
    columns: ['stage_id', 'label', 'pipeline_id', 'is_closed', 'closed_won', 'active', '_fivetran_deleted'],
    others: (ids) =>
      STAGES.map((stage) => {
        const [id, label] = stageOf(stage, ids).choice
        return [id, label, 'default', stage.startsWith('closed'), stage === 'closed_won', true, false]
      }),
  },
  tableOf(
    'ENGAGEMENT_CONTACT',
    [
      ['contact_id', (row, ids) => ids.idOf('person', row.person)],
      ['engagement_id', (row, ids) => ids.idOf('engagement', row.source_id)],
      ['engagement_type', ({ type }) => type],
      ['type_id', () => '194'],
    ],
    engagedOf,
  ),
  tableOf(
    'ENGAGEMENT_COMPANY',
    [
      ['company_id', (row, ids) => ids.idOf('company', row.account)],
      ['engagement_id', (row, ids) => ids.idOf('engagement', row.source_id)],
      ['engagement_type', ({ type }) => type],
      ['type_id', () => '182'],
    ],
    engagementsOf,
  ),
  tableOf(
    'EMAIL_EVENT',
    [
      ['id', (row, ids) => ids.idOf('email_event', row.source_id)],
      ['created', startOf],
      ['email_campaign_id', () => '2'],
      ['type', ({ kind }) => EMAIL_EVENTS[kind] ?? null],
      ['filtered_event', () => false],
      ['recipient', ({ email }) => email],
    ],
    ({ activities }) => activities.filter(inFivetran).filter(({ kind }) => kind in EMAIL_EVENTS),
  ),
  tableOf(
    'CONTACT_FORM_SUBMISSION',
    [
      ['timestamp', startOf],
      ['form_id', ({ kind }, ids) => ids.idOf('form', kind)],
      ['contact_id', ({ people: [person] }, ids) => (person === undefined ? null : ids.idOf('person', person))],
      ['conversion_id', (row, ids) => ids.idOf('form_submission', row.source_id)],
      ['page_url', ({ kind }) => `https://www.vendor.example${FORMS[kind]?.page ?? ''}`],
      ['title', ({ kind }) => FORMS[kind]?.name ?? null],
    ],
    ({ activities }) => activities.filter(inFivetran).filter(({ kind }) => kind in FORMS),
  ),
  {
    ...tableOf('FORM', [], () => []),
    columns: ['guid', 'created_at', 'form_type', 'name'],
    others: (ids) =>
      Object.entries(FORMS).map(([kind, { name }]) => [ids.idOf('form', kind), '2023-01-01 00:00:00', 'REGULAR', name]),
  },
]

export function stageOf(stage: string, ids: IdBook): { readonly choice: readonly [string, string] } {
  const words = stage.replaceAll('_', ' ')
  const id = stage.startsWith('closed') ? stage.replace('_', '') : ids.idOf('stage', stage)
  return { choice: [id, `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`] }
}

export function startOf({ occurred_at }: CrmActivity): Value {
  return { instant: occurred_at }
}

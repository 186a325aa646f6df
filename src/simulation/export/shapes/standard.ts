import type { AccountLinkRow, BusinessEventRow, CustomerEventRow, IntentSignalRow } from '../rows.ts'
import type { IdBook } from './ids.ts'
import {
  type CrmActivity,
  type CrmCompany,
  type CrmDeal,
  type CrmDealPerson,
  type CrmPerson,
  type CrmStageEntry,
  kept,
} from './records.ts'
import { type Column, type ShapeTable, tableOf } from './shape.ts'

/** The records of the CRM in the standard columns of an import: what the other shapes are compared with. */
export function standardTables(): readonly ShapeTable[] {
  return [
    tableOf('accounts', COMPANY, ({ companies }) => kept(companies)),
    tableOf('contacts', PERSON, ({ people }) => kept(people)),
    tableOf('opportunities', DEAL, ({ deals }) => kept(deals)),
    tableOf<CrmDealPerson>(
      'opportunity-contacts',
      [
        ['opportunity_external_id', (row, ids) => ids.idOf('deal', row.opportunity_external_id)],
        ['contact_external_id', (row, ids) => ids.idOf('person', row.contact_external_id)],
        ['role', (row) => row.role],
        ['known_at', (row) => ({ instant: row.known_at })],
      ],
      ({ dealPeople }) => dealPeople,
    ),
    tableOf<CrmStageEntry>(
      'stage-history',
      [
        ['opportunity_external_id', (row, ids) => ids.idOf('deal', row.opportunity_external_id)],
        ['stage', (row) => row.stage],
        ['entered_at', (row) => ({ instant: row.entered_at })],
      ],
      ({ stages }) => stages,
    ),
  ]
}

/**
 * What no CRM holds, in the standard columns beside its export, with the CRM's ids.
 * @param inCrm whether the shape has a table of its own for an activity
 */
export function outsideTables(inCrm: (activity: CrmActivity) => boolean): readonly ShapeTable[] {
  return [
    tableOf('reference-accounts', COMPANY, ({ outside }) => outside.companies),
    tableOf('account-links', LINK, ({ outside }) => outside.accountLinks),
    tableOf('activities', ACTIVITY, ({ activities }) =>
      activities.filter((row) => !inCrm(row)).flatMap(({ people, ...row }) => onePerPerson({ people, ...row })),
    ),
    tableOf('intent-signals', INTENT, ({ outside }) => outside.intentSignals),
    tableOf('business-events', BUSINESS_EVENT, ({ outside }) => outside.businessEvents),
    tableOf('customer-events', CUSTOMER_EVENT, ({ outside }) => outside.customerEvents),
  ]
}

type OnePerson = CrmActivity & { readonly person: string | null; readonly place: number }

function onePerPerson(row: CrmActivity): readonly OnePerson[] {
  if (row.people.length === 0) return [{ ...row, person: null, place: 1 }]
  return row.people.map((person, index) => ({ ...row, person, place: index + 1 }))
}

const company = (ids: IdBook, id: string | null) => (id === null ? null : ids.idOf('company', id))

const COMPANY: readonly Column<CrmCompany>[] = [
  ['external_id', (row, ids) => ids.idOf('company', row.external_id)],
  ['name', (row) => row.name],
  ['domain', (row) => row.domain],
  ['created_at', (row) => ({ instant: row.created_at })],
  ['industry', (row) => row.industry],
  ['employees', (row) => row.employees],
  ['revenue_usd', (row) => row.revenue_usd],
  ['country', (row) => row.country],
  ['region', (row) => row.region],
  ['ownership', (row) => row.ownership],
  ['technologies', (row) => row.technologies.join(';')],
  ['in_crm', (row) => row.in_crm],
  ['motion', (row) => row.motion],
]

const PERSON: readonly Column<CrmPerson>[] = [
  ['external_id', (row, ids) => ids.idOf('person', row.external_id)],
  ['account_external_id', (row, ids) => ids.idOf('company', row.account_external_id)],
  ['email', (row) => row.email],
  ['name', (row) => row.name],
  ['title', (row) => row.title],
  ['seniority', (row) => row.seniority],
  ['department', (row) => row.department],
  ['buying_role', (row) => row.buying_role],
  ['created_at', (row) => ({ instant: row.created_at })],
]

const DEAL: readonly Column<CrmDeal>[] = [
  ['external_id', (row, ids) => ids.idOf('deal', row.external_id)],
  ['account_external_id', (row, ids) => ids.idOf('company', row.account_external_id)],
  ['name', (row) => row.name],
  ['opened_at', (row) => ({ instant: row.opened_at })],
  ['closed_at', (row) => ({ instant: row.closed_at })],
  ['outcome', (row) => row.outcome],
  ['amount', (row) => row.amount],
  ['currency', (row) => row.currency],
  ['type', (row) => row.type],
  ['lead_source', (row) => row.lead_source],
  ['stage', (row) => row.stage],
]

const ACTIVITY: readonly Column<OnePerson>[] = [
  ['source', (row) => row.source],
  ['source_id', (row) => (row.place === 1 ? row.source_id : `${row.source_id}/${row.place}`)],
  ['kind', (row) => row.kind],
  ['occurred_at', (row) => ({ instant: row.occurred_at })],
  ['known_at', (row) => ({ instant: row.known_at })],
  ['initiated_by', (row) => row.initiated_by],
  ['contact_external_id', (row, ids) => (row.person === null ? null : ids.idOf('person', row.person))],
  ['email', (row) => row.email],
  ['domain', (row) => row.domain],
  ['ip', (row) => row.ip],
  ['visitor_id', (row) => row.visitor_id],
]

const LINK: readonly Column<AccountLinkRow>[] = [
  ['account_external_id', (row, ids) => ids.idOf('company', row.account_external_id)],
  ['kind', (row) => row.kind],
  ['value', (row) => row.value],
  ['known_at', (row) => ({ instant: row.known_at })],
]

const INTENT: readonly Column<IntentSignalRow>[] = [
  ['provider', (row) => row.provider],
  ['topic', (row) => row.topic],
  ['account_external_id', (row, ids) => company(ids, row.account_external_id)],
  ['domain', (row) => row.domain],
  ['period_start', (row) => row.period_start],
  ['period_end', (row) => row.period_end],
  ['strength', (row) => row.strength],
  ['observed_at', (row) => ({ instant: row.observed_at })],
  ['known_at', (row) => ({ instant: row.known_at })],
]

const BUSINESS_EVENT: readonly Column<BusinessEventRow>[] = [
  ['source', (row) => row.source],
  ['source_id', (row) => row.source_id],
  ['kind', (row) => row.kind],
  ['account_external_id', (row, ids) => company(ids, row.account_external_id)],
  ['domain', (row) => row.domain],
  ['occurred_at', (row) => ({ instant: row.occurred_at })],
  ['known_at', (row) => ({ instant: row.known_at })],
]

const CUSTOMER_EVENT: readonly Column<CustomerEventRow>[] = [
  ['source', (row) => row.source],
  ['source_id', (row) => row.source_id],
  ['account_external_id', (row, ids) => ids.idOf('company', row.account_external_id)],
  ['kind', (row) => row.kind],
  ['occurred_at', (row) => ({ instant: row.occurred_at })],
  ['known_at', (row) => ({ instant: row.known_at })],
  ['amount', (row) => row.amount],
  ['currency', (row) => row.currency],
]

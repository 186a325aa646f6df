import type { Company } from './company.ts'
import { DAY, type Moment } from '../process/moment.ts'
import { opportunityId } from './opportunities.ts'
import type { SimulatedMonth } from '../options.ts'
import { CUSTOMER } from '../process/process.ts'
import { chance } from '../process/sampling.ts'
import { sigmoid } from '../../core/statistics/sigmoid.ts'
import type { Streams } from '../process/streams.ts'
import { changeAccount } from './versions.ts'

const YEAR = 365 * DAY

/** A won opportunity that closed in the month before makes a customer; a churn in it ends one. */
export function updateCustomer(company: Company, start: Moment): void {
  const churn = company.customerEvents.findLast(({ kind, at }) => kind === 'churn' && at < start)
  if (company.customer && churn && churn.at > company.customer.since) {
    company.customer = null
    changeAccount(company, churn.at, () => ({ motion: 'new_business' }))
  }
  if (company.customer) return
  const won = company.opportunities.findLast(
    ({ won, type, closedAt }) => won && type === 'new_business' && closedAt < start,
  )
  if (!won || (churn && won.closedAt < churn.at)) return
  company.customer = { since: won.closedAt, contractUsd: won.amountAtClose }
  changeAccount(company, won.closedAt, () => ({ motion: 'expansion' }))
}

/** The renewal that comes up in this month: a better fit renews more often. Returns whether one did. */
export function renewCustomer(streams: Streams, company: Company, fit: number, month: SimulatedMonth): boolean {
  const { customer } = company
  const { index, start, end } = month
  if (!customer) return false
  const notice = CUSTOMER.renewalOpensDaysBefore * DAY
  const years = Math.max(1, Math.ceil((start + notice - customer.since) / YEAR))
  const closedAt = customer.since + years * YEAR
  const openedAt = closedAt - notice
  if (openedAt >= end) return false
  const won = chance(
    streams.inMonth('renewal', index),
    sigmoid(CUSTOMER.renewal.intercept + CUSTOMER.renewal.perFit * fit),
  )
  company.opportunities.push({
    externalId: opportunityId(company, 'R', index),
    type: 'renewal',
    leadSource: 'inbound',
    openedAt,
    closedAt,
    won,
    amountAtOpening: customer.contractUsd,
    amountAtClose: customer.contractUsd,
    shortLived: false,
    winProbability: null,
    wonWithin180Days: false,
    stages: [
      { stage: 'proposal', enteredAt: openedAt },
      { stage: won ? 'closed_won' : 'closed_lost', enteredAt: closedAt },
    ],
    contacts: [],
  })
  company.customerEvents.push({
    kind: won ? 'renewal' : 'churn',
    at: closedAt,
    amount: won ? customer.contractUsd : null,
  })
  return true
}

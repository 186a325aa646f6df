import type { Random } from '../random.ts'
import { type Company, openOpportunity, type Opportunity } from './company.ts'
import { DAY, type Moment, momentWithin } from './moment.ts'
import { nextId } from './opportunities.ts'
import { CUSTOMER } from './process.ts'
import { between, chance, sigmoid } from './sampling.ts'
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

/** The renewal that comes up in this month, or else perhaps an expansion. Better fit, better customer. */
export function serveCustomer(random: Random, company: Company, fit: number, start: Moment, end: Moment): void {
  const { customer } = company
  if (!customer) return
  const notice = CUSTOMER.renewalOpensDaysBefore * DAY
  const years = Math.max(1, Math.ceil((start + notice - customer.since) / YEAR))
  const anniversary = customer.since + years * YEAR
  if (anniversary - notice < end) {
    const renewed = chance(random, sigmoid(CUSTOMER.renewal.intercept + CUSTOMER.renewal.perFit * fit))
    addOpportunity(company, 'renewal', anniversary - notice, anniversary, renewed, customer.contractUsd)
    company.customerEvents.push({
      kind: renewed ? 'renewal' : 'churn',
      at: anniversary,
      amount: renewed ? customer.contractUsd : null,
    })
    return
  }
  if (openOpportunity(company, start)) return
  if (!chance(random, CUSTOMER.expansion.monthly * Math.exp(CUSTOMER.expansion.perFit * fit))) return
  const openedAt = momentWithin(random, start, end)
  const closedAt = openedAt + Math.floor(between(random, 5, 50) * DAY)
  const won = chance(random, CUSTOMER.expansion.winRate)
  const amount = Math.max(50, Math.round((customer.contractUsd * CUSTOMER.expansion.amountShare) / 50) * 50)
  addOpportunity(company, 'expansion', openedAt, closedAt, won, amount)
  if (!won) return
  customer.contractUsd += amount
  company.customerEvents.push({ kind: 'expansion', at: closedAt, amount })
}

function addOpportunity(
  company: Company,
  type: Opportunity['type'],
  openedAt: Moment,
  closedAt: Moment,
  won: boolean,
  amount: number,
): void {
  company.opportunities.push({
    externalId: nextId(company),
    type,
    leadSource: 'inbound',
    openedAt,
    closedAt,
    won,
    amountAtOpening: amount,
    amountAtClose: amount,
    shortLived: false,
    winProbability: null,
    wonWithin180Days: false,
    stages: [
      { stage: 'proposal', enteredAt: openedAt },
      { stage: won ? 'closed_won' : 'closed_lost', enteredAt: closedAt },
    ],
    contacts: [],
  })
}

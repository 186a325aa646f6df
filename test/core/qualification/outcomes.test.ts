import { describe, expect, it } from 'vitest'
import type { FactOpportunity } from '../../../src/core/qualification/account-facts.ts'
import { isTold } from '../../../src/core/qualification/event-types.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { closedDeal, companyOf, day, MOTION, openDeal, policyOf } from './support.ts'

const UNLISTED = 0.01
const LISTED = 0.3

/** An account and the events of its opportunities, run by run. */
function followed(company = companyOf(), probability = UNLISTED) {
  const round = (at: Instant, ...opportunities: readonly FactOpportunity[]) => {
    const before = company.log.length
    company.see(at, probability, {}, { opportunities })
    const told = company.log.slice(before).filter((event) => isTold(event) && event.type.startsWith('opportunity.'))
    return told.map(({ type, motion, payload }) => [type, payload['opportunity'], motion])
  }
  return { company, round }
}

const open = openDeal('O-1', day(2))
const lost = closedDeal('O-1', 'lost', day(2), day(5))
const won = closedDeal('O-1', 'won', day(2), day(9))

describe('the outcome of an opportunity', () => {
  it('of an unlisted account has one event, without motion and owner', () => {
    const { company, round } = followed()
    round(day(0))
    expect(round(day(3), open)).toEqual([])
    expect(round(day(6), lost)).toEqual([['opportunity.lost', 'O-1', null]])
    expect(company.log.at(-1)).toMatchObject({
      accountId: 1,
      modelVersion: 'v1',
      payload: { owner: null, opened_at: day(2), closed_at: day(5), external_id: 'acme', qualified_probability: 0.01 },
    })
    expect(round(day(6), lost)).toEqual([])
    expect(round(day(7), lost)).toEqual([])
    expect(company.stateOf()).toBeUndefined()
  })

  it('has an event for every opportunity that closed since the last run', () => {
    const { round } = followed()
    round(day(0))
    expect(round(day(10), lost, closedDeal('O-2', 'won', day(3), day(4)), openDeal('O-3', day(4)))).toEqual([
      ['opportunity.lost', 'O-1', null],
      ['opportunity.won', 'O-2', null],
    ])
  })

  it('has another event when it changes, but not when a reopened opportunity ends as before', () => {
    const { round } = followed()
    round(day(0))
    round(day(6), lost)
    expect(round(day(7), open)).toEqual([])
    expect(round(day(8), closedDeal('O-1', 'lost', day(2), day(7)))).toEqual([])
    expect(round(day(9), open)).toEqual([])
    expect(round(day(10), won)).toEqual([['opportunity.won', 'O-1', null]])
    expect(round(day(11), lost)).toEqual([['opportunity.lost', 'O-1', null]])
  })

  it('of a listed account has one event, with motion and owner', () => {
    const { company, round } = followed(companyOf(), LISTED)
    round(day(0))
    company.act({ type: 'account.claimed', asOf: day(1), actor: 'Kim', payload: {} })
    expect(round(day(3), open)).toEqual([])
    expect(round(day(6), lost)).toEqual([['opportunity.lost', 'O-1', MOTION]])
    expect(company.log.at(-1)?.payload).toMatchObject({ owner: 'Kim' })
    expect(round(day(6), lost)).toEqual([])
    expect(round(day(7), open)).toEqual([])
    // Lost, it is off the list: what becomes of it after that is told as of any account.
    expect(round(day(10), won)).toEqual([['opportunity.won', 'O-1', null]])
    expect(round(day(11), won)).toEqual([])
  })

  it('has one event if the opportunity opened and closed between two rounds, also beside another opportunity', () => {
    const { round } = followed(companyOf(), LISTED)
    round(day(0))
    const earlier = closedDeal('O-0', 'lost', day(-9), day(3))
    expect(round(day(6), earlier, lost)).toEqual([
      ['opportunity.lost', 'O-1', MOTION],
      ['opportunity.lost', 'O-0', null],
    ])
    expect(round(day(7), earlier, lost)).toEqual([])
  })

  it('has no event if it closed before the first score, until it changes', () => {
    const { company, round } = followed()
    expect(round(day(6), lost)).toEqual([])
    const remembered = company.log.filter(({ type }) => type === 'opportunity.known')
    expect(remembered).toMatchObject([
      { inFeed: false, motion: null, payload: { opportunity: 'O-1', outcome: 'lost' } },
    ])
    expect(round(day(7), lost)).toEqual([])
    expect(company.log.filter(({ type }) => type === 'opportunity.known')).toHaveLength(1)
    expect(round(day(10), won)).toEqual([['opportunity.won', 'O-1', null]])
  })

  it('has an event only within 30 days of the close', () => {
    for (const [at, told] of [
      [day(35), 1],
      [day(36), 0],
    ] as const) {
      const { company, round } = followed()
      round(day(0))
      expect(round(at, lost)).toHaveLength(told)
      expect(company.log.filter(({ type }) => type === 'opportunity.known')).toEqual([])
    }
  })

  it('has outcome events in the control group like any other account, so that they do not reveal the group', () => {
    const { company, round } = followed(companyOf(policyOf({ holdout: { share: 0.1 } })), LISTED)
    const payload = { group: 'control', until: day(90) }
    company.act({ type: 'holdout.assigned', asOf: day(0), actor: null, payload })
    round(day(0))
    expect(company.stateOf()).toMatchObject({ state: 'none', group: 'control' })
    expect(round(day(6), lost)).toEqual([['opportunity.lost', 'O-1', null]])
    const other = followed()
    other.round(day(0))
    other.round(day(6), lost)
    const fieldsOf = (of: typeof company) => Object.keys(of.log.at(-1)?.payload ?? {})
    expect(fieldsOf(company)).toEqual(fieldsOf(other.company))
  })
})

it('a deleted account has no event', () => {
  const { company, round } = followed()
  round(day(0))
  expect(company.round(day(6), new Map([[1, { score: null, facts: { opportunities: [lost] } }]]))).toEqual([])
  expect(company.log.filter(({ type }) => type.startsWith('opportunity.'))).toEqual([])
})

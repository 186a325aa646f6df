import { describe, expect, it } from 'vitest'
import { fold } from '../../../src/core/qualification/state.ts'
import { createRandom } from '../../../src/core/base/random.ts'
import { closedDeal, companyOf, day, openDeal, policyOf, scoreOf, type Seen, MOTION } from './support.ts'

describe('an account', () => {
  it('enters at the threshold, stays above the exit, and leaves below it once it has been listed long enough', () => {
    const company = companyOf()
    expect(company.see(day(0), 0.049)).toEqual([])
    expect(company.see(day(1), 0.05)).toEqual(['account.qualified'])
    expect(company.see(day(2), 0.031)).toEqual([])
    expect(company.see(day(5), 0.029)).toEqual([])
    expect(company.see(day(11), 0.029)).toEqual(['account.disqualified'])
    expect(company.stateOf()).toMatchObject({ state: 'disqualified', since: day(11), leftAt: day(11) })
    expect(company.log.at(-1)?.payload).toMatchObject({ reason: 'below_exit', qualified_probability: 0.029 })
  })

  it('that is scored again without a change has no event', () => {
    const company = companyOf()
    for (const probability of [0.08, 0.04, 0.02]) {
      company.see(day(0), probability)
      const written = company.log.length
      expect(company.see(day(0), probability)).toEqual([])
      expect(company.log).toHaveLength(written)
    }
  })

  it('whose score oscillates inside the band has one event in a year', () => {
    const company = companyOf()
    for (let at = 0; at < 365; at += 1) company.see(day(at), at % 2 === 0 ? 0.052 : 0.031)
    expect(company.log.filter(({ motion }) => motion !== null)).toHaveLength(1)
  })

  it('whose family score moves has an event once it has moved by the step since its last event', () => {
    const company = companyOf()
    const intents = [48, 53, 57, 58, 58, 62, 49, 48, null, 48]
    const told = intents.map((intent, at) => {
      const before = company.log.length
      company.see(day(at), 0.01, { scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent } })
      const events = company.log.slice(before).filter(({ type }) => type === 'score.changed')
      return events.map(({ payload }) => (payload['previous_scores'] as { intent: number | null }).intent)
    })
    expect(told).toEqual([[], [], [], [48], [], [], [], [58], [48], [null]])
  })

  it('that left stays off the list for its cool-down', () => {
    const company = companyOf()
    company.see(day(0), 0.06)
    company.see(day(10), 0.01)
    expect(company.see(day(19), 0.2)).toEqual([])
    expect(company.see(day(20), 0.2)).toEqual(['account.qualified'])
    expect(company.stateOf()).toMatchObject({ state: 'qualified', enteredAt: day(20), leftAt: null })
  })

  it('does not enter on low evidence, below the minimum stage, without a score, or when excluded', () => {
    const company = companyOf()
    expect(company.see(day(0), 0.3, { evidence: 'low' })).toEqual([])
    expect(company.see(day(0), 0.3, { buying_stage: 'consideration' })).toEqual([])
    expect(company.see(day(0), null)).toEqual([])
    expect(company.see(day(0), 0.3, {}, { excludedBy: ['competitor'] })).toEqual([])
    expect(company.see(day(0), 0.3, {}, { opportunities: [openDeal('O', day(-9))] })).toEqual([])
    expect(company.see(day(0), 0.3)).toEqual(['account.qualified'])
  })

  it('is on the list of new business or of expansion, and leaves one when it enters the other', () => {
    const company = companyOf()
    company.see(day(0), 0.3, {}, { isCustomer: true })
    expect(company.stateOf(1, 'expansion')).toMatchObject({ state: 'qualified' })
    expect(company.stateOf()).toBeUndefined()
    company.see(day(1), 0.3, {}, { isCustomer: false })
    expect(company.stateOf(1, 'expansion')).toMatchObject({ state: 'disqualified' })
    expect(company.stateOf()).toMatchObject({ state: 'qualified' })
  })

  it('leaves at once when it is excluded, regardless of dwell, with the reason', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    expect(company.see(day(1), 0.3, {}, { excludedBy: ['open_complaint'] })).toEqual(['account.disqualified'])
    expect(company.log.at(-1)?.payload).toMatchObject({ reason: 'excluded', exclusion: 'open_complaint' })
  })

  it('leaves once when it is deleted', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    const gone = new Map<number, Seen>([[1, { score: null }]])
    expect(company.round(day(1), gone).map(({ payload }) => payload['reason'])).toEqual(['account_gone'])
    expect(company.round(day(2), gone)).toEqual([])
    const moves = company.log.filter(({ type }) => type === 'account.stage_changed')
    expect(moves.map(({ payload }) => [payload['from'], payload['to']])).toEqual([
      [null, 'decision'],
      ['decision', null],
    ])
  })

  it('is followed from its opportunity to the end of it', () => {
    const company = companyOf()
    const open = [openDeal('O-1', day(2))]
    const lost = [closedDeal('O-1', 'lost', day(2), day(8))]
    company.see(day(0), 0.3)
    company.act({ type: 'account.claimed', asOf: day(1), actor: 'Kim', payload: {} })
    expect(company.see(day(3), null, { open_opportunity: 'O-1' }, { opportunities: open })).toEqual([
      'account.opportunity_opened',
    ])
    expect(company.log.at(-1)?.payload).toMatchObject({ opportunity: 'O-1', owner: 'Kim' })
    expect(company.see(day(4), null, {}, { opportunities: open })).toEqual([])
    expect(company.see(day(9), 0.3, {}, { opportunities: lost })).toEqual(['opportunity.lost'])
    expect(company.see(day(10), 0.3, {}, { opportunities: lost })).toEqual([])
    expect(company.see(day(19), 0.3, {}, { opportunities: lost })).toEqual(['account.qualified'])
  })

  it('whose opportunity opened and closed between two rounds has both events', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    const won = [closedDeal('O-1', 'won', day(1), day(8))]
    expect(company.see(day(9), null, {}, { opportunities: won, isCustomer: true })).toEqual([
      'account.opportunity_opened',
      'opportunity.won',
    ])
  })

  it('is decided again with a new version, without dwell, and the events say so', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    expect(company.see(day(1), 0.01, { model_version: 'v2', buying_stage: 'target' })).toEqual(['account.disqualified'])
    expect(company.log.at(-1)).toMatchObject({ modelVersion: 'v2', payload: { reason: 'model_changed' } })
    const move = company.log.findLast(({ type }) => type === 'account.stage_changed')
    expect(move?.payload).toMatchObject({ from: 'decision', to: 'target', reason: 'model_changed' })
  })

  it('keeps its qualification after a rejection', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    company.act({ type: 'account.claimed', asOf: day(1), actor: 'Kim', payload: {} })
    const rejection = { reason: 'too small', paused_until: day(91) }
    company.act({ type: 'account.rejected', asOf: day(2), actor: 'Kim', payload: rejection })
    expect(company.stateOf()).toMatchObject({ state: 'qualified', since: day(2), owner: null, pausedUntil: day(91) })
    expect(company.see(day(60), 0.3)).toEqual([])
    expect(company.stateOf()).toMatchObject({ state: 'qualified', enteredAt: day(0) })
  })

  it('that is being worked does not leave the next day', () => {
    const company = companyOf()
    company.see(day(0), 0.3)
    company.act({ type: 'account.contacted', asOf: day(12), actor: 'Kim', payload: {} })
    expect(company.see(day(13), 0.01)).toEqual([])
    expect(company.see(day(22), 0.01)).toEqual(['account.disqualified'])
  })
})

describe('capacity', () => {
  it('admits the best accounts, ties by account id, and the others in the next month', () => {
    const company = companyOf(policyOf({ capacity_per_month: 2 }))
    const seen = new Map(
      [0.06, 0.2, 0.1, 0.1].map((probability, index) => [index + 1, { score: scoreOf(probability) }]),
    )
    const entered = (at: number) => company.round(day(at), seen).map(({ accountId }) => accountId)
    expect(entered(0).toSorted()).toEqual([2, 3])
    expect(entered(15)).toEqual([])
    expect(entered(31).toSorted()).toEqual([1, 4])
  })
})

it('the states always equal the replayed events', () => {
  const random = createRandom('qualification')
  const company = companyOf(policyOf({ holdout: { share: 0.3, band: 1, hold_days: 20 }, capacity_per_month: 5 }))
  const accounts = Array.from({ length: 12 }, (_, index) => index + 1)
  for (let at = 0; at < 200; at += 1) {
    const seen = new Map(
      accounts.map((account): [number, Seen] => {
        const score = random.next() < 0.01 ? null : scoreOf(random.next() * 0.12)
        return [account, { score, facts: { excludedBy: random.next() < 0.02 ? ['competitor'] : [] } }]
      }),
    )
    company.round(day(at), seen)
    company.round(day(at), seen)
    const account = random.pick(accounts)
    if (company.stateOf(account)?.state === 'qualified')
      company.act({ type: 'account.claimed', asOf: day(at), actor: 'Kim', payload: {} }, account)
  }
  expect(company.log.length).toBeGreaterThan(150)
  for (const account of accounts) {
    const own = company.log.filter(({ accountId, motion }) => accountId === account && motion === MOTION)
    expect(fold(own)).toEqual(company.stateOf(account))
  }
})

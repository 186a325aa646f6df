import { describe, expect, it } from 'vitest'
import { gridRates, type OutcomeMonth, stageRates } from '../../../../src/core/scoring/stages/stage-outcome-rates.ts'

const month = (id: string, changes: Partial<OutcomeMonth> = {}): OutcomeMonth => ({
  id,
  stage: 'target',
  fit: 'weak',
  intent: 'weak',
  opened: false,
  opportunities: [],
  ...changes,
})

/** Accounts b and d open; b's opportunity is won, one of d's is lost and the other too young to tell. */
const months = [
  month('a'),
  month('a'),
  month('b', { stage: 'decision', fit: 'strong', opened: true }),
  month('b', { stage: 'decision', fit: 'strong', opened: true, opportunities: [{ won: true }] }),
  month('c', { stage: 'decision', fit: 'strong' }),
  month('c', { stage: 'decision', fit: 'strong' }),
  month('d', { opened: true, opportunities: [{ won: false }, { won: null }] }),
  month('e', { stage: null, fit: null, intent: null }),
]

describe('opening and win rates', () => {
  it('by stage: account-months, the share that opened, opportunities and the share of those that were won', () => {
    const [target, awareness, , decision] = stageRates(months)
    expect(target).toMatchObject({ stage: 'target', account_months: 3, share: 3 / 8, opportunities: 2 })
    expect(target?.opening_rate.value).toBeCloseTo(1 / 3, 12)
    expect(target?.share_of_opportunities).toBeCloseTo(2 / 3, 12)
    // The one that is too young counts as opened, not as lost.
    expect(target?.win_rate.value).toBe(0)
    expect(decision).toMatchObject({ account_months: 4, opportunities: 1 })
    expect(decision?.opening_rate.value).toBe(0.5)
    expect(decision?.win_rate.value).toBe(1)
    expect(awareness).toMatchObject({ account_months: 0, share: 0, opening_rate: { value: null } })
  })

  it('have intervals that account for repeated months of one account', () => {
    const own = (id: string, opened: boolean) => Array.from({ length: 6 }, () => month(id, { opened }))
    const few = stageRates(['a', 'b', 'c', 'd'].flatMap((id, index) => own(id, index < 2)))[0]?.opening_rate
    const many = stageRates(Array.from({ length: 24 }, (_, index) => month(String(index), { opened: index < 12 })))[0]
      ?.opening_rate
    expect(few?.value).toBe(many?.value)
    expect((few?.high ?? 0) - (few?.low ?? 0)).toBeGreaterThan(1.5 * ((many?.high ?? 0) - (many?.low ?? 0)))
  })

  it('over the grid of fit and intent: nine places', () => {
    const grid = gridRates(months)
    expect(grid.map(({ fit, intent, account_months: count }) => [fit, intent, count])).toEqual([
      ['weak', 'weak', 3],
      ['weak', 'moderate', 0],
      ['weak', 'strong', 0],
      ['moderate', 'weak', 0],
      ['moderate', 'moderate', 0],
      ['moderate', 'strong', 0],
      ['strong', 'weak', 4],
      ['strong', 'moderate', 0],
      ['strong', 'strong', 0],
    ])
  })
})

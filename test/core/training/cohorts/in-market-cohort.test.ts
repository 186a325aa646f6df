import { describe, expect, it } from 'vitest'
import { inMarketCohort, isOpenAsOf } from '../../../../src/core/training/cohorts/in-market-cohort.ts'
import { account, at, closed, deal, inMarketSpecification, winSpecification } from './support.ts'

// Training as of 2025-01-01: 2024-10-01 is the last month whose label is known (90 days to open, 2 to show that it lives).
const trainingAsOf = at('2025-01-01')
const specification = inMarketSpecification()
/** Long ago and soon over: since when anybody recorded anything. */
const first = closed('2024-05-20', '2024-05-25', 'lost', { account: account(99) })

const cohort = (...[opportunities, accounts = [account(1)], options = specification]: Options) =>
  inMarketCohort(accounts, [first, ...opportunities], options, trainingAsOf)
type Options = [
  opportunities: Parameters<typeof inMarketCohort>[1],
  accounts?: Parameters<typeof inMarketCohort>[0],
  options?: typeof specification,
]
const months = (rows: ReturnType<typeof cohort>['rows']) => rows.map((row) => row.asOf.slice(0, 7))

describe('account-months', () => {
  it('run from the first recorded opportunity to the last month whose label is known', () => {
    const { rows, excluded } = cohort([])
    expect(months(rows)).toEqual(['2024-06', '2024-07', '2024-08', '2024-09', '2024-10'])
    expect(excluded).toEqual({ label_not_mature: 2 })
    expect(rows.every((row) => !row.won && row.openedAt === row.asOf && row.opportunity === null)).toBe(true)
  })

  it('the label window of a month is complete after 92 days, not a microsecond before', () => {
    const early = inMarketCohort([account(1)], [first], specification, at('2024-12-31T23:59:59.999999'))
    expect(months(early.rows)).toEqual(['2024-06', '2024-07', '2024-08', '2024-09'])
  })

  it('begin after the account is known, strictly', () => {
    expect(months(cohort([], [account(1, at('2024-08-01'))]).rows)).toEqual(['2024-09', '2024-10'])
    expect(months(cohort([], [account(1, at('2024-07-31T23:59:59.999999'))]).rows)).toEqual([
      '2024-08',
      '2024-09',
      '2024-10',
    ])
    expect(cohort([], [account(1, at('2024-08-01'))]).excluded).toEqual({
      account_not_known_yet: 3,
      label_not_mature: 2,
    })
  })

  it('go back no further than the history asked for', () => {
    const short = inMarketSpecification({ training: { history_months: 4 } })
    expect(months(cohort([], [account(1)], short).rows)).toEqual(['2024-09', '2024-10'])
  })

  it('do not exist without a recorded opportunity', () => {
    expect(inMarketCohort([account(1)], [], specification, trainingAsOf)).toEqual({ rows: [], excluded: {} })
  })

  it('with an open opportunity are left out, those of other accounts do not matter', () => {
    const opportunities = [closed('2024-07-10', '2024-09-01', 'lost'), deal('2024-06-15', { account: account(2) })]
    const { rows, excluded } = cohort(opportunities)
    // Open just before 2024-08-01 and, since it closed at that instant, just before 2024-09-01.
    expect(months(rows)).toEqual(['2024-06', '2024-07', '2024-10'])
    expect(excluded).toEqual({ had_open_opportunity: 2, label_not_mature: 2 })
  })
})

describe('the label', () => {
  const wonMonths = (...opportunities: Parameters<typeof cohort>[0]) =>
    months(cohort(opportunities).rows.filter((row) => row.won))

  it('is whether a relevant opportunity opens in [as-of, as-of + 90 days)', () => {
    // 2024-06-01 + 90 days = 2024-08-30.
    const short = (opened: string, closedAt: string) => closed(opened, closedAt, 'lost')
    expect(wonMonths(short('2024-08-30', '2024-09-05'))).toEqual(['2024-07', '2024-08'])
    expect(wonMonths(short('2024-08-29T23:59:59.999999', '2024-09-05'))).toEqual(['2024-06', '2024-07', '2024-08'])
    expect(wonMonths(short('2024-09-01', '2024-09-05'))).toEqual(['2024-07', '2024-08', '2024-09'])
    expect(wonMonths(short('2024-05-31T23:59:59', '2024-06-05'))).toEqual([])
  })

  it('does not ask whether it was won', () => {
    expect(wonMonths(closed('2024-08-15', '2024-08-20', 'won'))).toEqual(
      wonMonths(closed('2024-08-15', '2024-08-20', 'lost')),
    )
  })

  it('requires an opportunity to stay open for two days, so that duplicates and tests do not count', () => {
    expect(wonMonths(closed('2024-08-15', '2024-08-17', 'lost'))).toEqual(['2024-06', '2024-07', '2024-08'])
    expect(wonMonths(closed('2024-08-15T00:00:00.000001', '2024-08-17', 'lost'))).toEqual([])
  })

  it('leaves out the types and lead sources that do not count; unknown ones count', () => {
    const rules = { types: ['new_business'], exclude_lead_sources: ['outbound'] }
    const strict = inMarketSpecification({ opportunities: rules })
    const won = (changes: object) =>
      cohort([closed('2024-08-15', '2024-08-20', 'lost', changes)], [account(1)], strict).rows.filter((row) => row.won)
        .length
    expect([{}, { type: 'new_business' }, { leadSource: 'inbound' }].map(won)).toEqual([3, 3, 3])
    expect([{ type: 'renewal' }, { leadSource: 'outbound' }].map(won)).toEqual([0, 0])
  })
})

describe('an opportunity is open as of an instant', () => {
  const open = closed('2024-07-10', '2024-08-01', 'won', { knownAt: at('2024-07-12') })

  it.each([
    ['2024-07-11', false],
    ['2024-07-12', false],
    ['2024-07-12T00:00:00.000001', true],
    ['2024-08-01', true],
    ['2024-08-01T00:00:00.000001', false],
  ])('%s: %s', (asOf, expected) => expect(isOpenAsOf(open, at(asOf))).toBe(expected))

  it('without end while it has not closed', () => {
    expect(isOpenAsOf(deal('2024-07-10'), at('2199-01-01'))).toBe(true)
    expect(isOpenAsOf(deal('2024-07-10'), at('2024-07-10'))).toBe(false)
  })
})

it('an in-market cohort needs a label of openings', () => {
  expect(() => inMarketCohort([], [], winSpecification(), trainingAsOf)).toThrow('must be of kind "opens", got "won"')
})

describe('an opportunity is open as of an instant', () => {
  const lateNews = closed('2024-03-01', '2024-05-10', 'lost', { closeKnownAt: at('2024-06-02') })

  it('until its close was known, not only until it closed', () => {
    expect(isOpenAsOf(lateNews, at('2024-06-01'))).toBe(true)
    expect(isOpenAsOf(lateNews, at('2024-06-02'))).toBe(true)
    expect(isOpenAsOf(lateNews, at('2024-06-03'))).toBe(false)
  })
})

import { describe, expect, it } from 'vitest'
import { winCohort } from '../../../../src/core/training/cohorts/win-cohort.ts'
import { account, at, closed, deal, winSpecification } from './support.ts'

// Training as of 2025-01-01, won within 180 days of opening: 2024-07-05 + 180 days = 2025-01-01.
const trainingAsOf = at('2025-01-01')
const cohort = (opportunities: Parameters<typeof winCohort>[0], changes: object = {}) =>
  winCohort(opportunities, winSpecification(changes), trainingAsOf)
const only = (...args: Parameters<typeof cohort>) => {
  const { rows, excluded } = cohort(...args)
  return rows[0] ?? Object.keys(excluded)[0]
}

describe('an opportunity is an example', () => {
  it('described as of the last first of a month before it opened', () => {
    expect(only([closed('2024-03-01', '2024-05-01', 'won')])).toEqual({
      account: account(1),
      asOf: at('2024-02-01'),
      openedAt: at('2024-03-01'),
      won: true,
      opportunity: 'deal-2024-03-01',
    })
    expect(only([closed('2024-03-01T00:00:00.000001', '2024-05-01', 'won')])).toMatchObject({ asOf: at('2024-03-01') })
  })

  it('or as of its opening', () => {
    const opened = { moment: { kind: 'opened_at' } }
    expect(only([closed('2024-03-17T10:00', '2024-05-01', 'lost')], opened)).toMatchObject({
      asOf: at('2024-03-17T10:00'),
      won: false,
    })
  })

  it('won only if it was won within 180 days: 2024-03-01 + 180 = 2024-08-28', () => {
    const won = (closedAt: string) => only([closed('2024-03-01', closedAt, 'won')])
    expect(won('2024-08-27T23:59:59.999999')).toMatchObject({ won: true })
    expect(won('2024-08-28')).toMatchObject({ won: false })
    expect(only([deal('2024-03-01')])).toMatchObject({ won: false })
    expect(only([closed('2024-03-01', '2024-04-01', 'lost')])).toMatchObject({ won: false })
  })

  it('only if 180 days had gone by since it opened, closed or not', () => {
    expect(only([closed('2024-07-05', '2024-08-01', 'won')])).toBe('label_not_mature')
    expect(only([deal('2024-07-05')])).toBe('label_not_mature')
    expect(only([closed('2024-07-04T23:59:59.999999', '2024-08-01', 'won')])).toMatchObject({ won: true })
  })

  it('only if the account was known before the moment, strictly', () => {
    const known = (knownAt: string) =>
      only([closed('2024-03-15', '2024-05-01', 'won', { account: account(1, at(knownAt)) })])
    expect(known('2024-03-01')).toBe('account_not_known_yet')
    expect(known('2024-02-29T23:59:59.999999')).toMatchObject({ won: true })
  })

  it('only within the history asked for', () => {
    const training = { training: { history_months: 12 } }
    expect(only([closed('2024-01-02', '2024-02-01', 'won')], training)).toMatchObject({ asOf: at('2024-01-01') })
    expect(only([closed('2024-01-01', '2024-02-01', 'won')], training)).toBe('before_history')
  })

  it('only if it counts, and every one left out is counted', () => {
    const { rows, excluded } = cohort([
      closed('2024-03-01', '2024-03-02', 'lost'),
      closed('2024-03-01', '2024-03-03', 'lost'),
      closed('2024-03-01', '2024-05-01', 'won', { type: 'renewal' }),
      closed('2024-11-01', '2024-12-01', 'won'),
      closed('2024-11-02', '2024-12-01', 'won'),
      deal('2024-12-31'),
    ])
    expect(rows).toHaveLength(1)
    expect(excluded).toEqual({ lived_too_short: 2, type_does_not_count: 1, label_not_mature: 2 })
  })
})

describe('a label from as-of', () => {
  const fromMoment = {
    moment: { kind: 'after_activity', activity_kind: 'demo', plus_days: 7 },
    label: { kind: 'won', within_days: 30, from: 'as_of' },
  }
  const demo = (changes: object = {}) => ({ firstActivityAt: at('2024-03-10T15:00'), ...changes })

  it('counts the days from the first activity plus the days asked for', () => {
    // 2024-03-17T15:00 + 30 days = 2024-04-16T15:00.
    expect(only([closed('2024-03-01', '2024-04-16T14:59:59.999999', 'won', demo())], fromMoment)).toMatchObject({
      asOf: at('2024-03-17T15:00'),
      openedAt: at('2024-03-17T15:00'),
      won: true,
    })
    expect(only([closed('2024-03-01', '2024-04-16T15:00', 'won', demo())], fromMoment)).toMatchObject({ won: false })
  })

  it('leaves out what had closed by then, and what never had such an activity', () => {
    expect(only([closed('2024-03-01', '2024-03-17T15:00', 'won', demo())], fromMoment)).toBe('closed_before_moment')
    expect(only([closed('2024-03-01', '2024-05-01', 'won')], fromMoment)).toBe('no_such_activity')
  })
})

describe('a label of "won at all"', () => {
  const ever = { label: { kind: 'won_ever', maturity_days: 365 } }

  it('includes closed opportunities that are old enough', () => {
    expect(only([closed('2023-03-01', '2024-12-01', 'won')], ever)).toMatchObject({ won: true })
    expect(only([closed('2023-03-01', '2023-12-01', 'lost')], ever)).toMatchObject({ won: false })
    expect(only([deal('2023-03-01')], ever)).toBe('still_open')
    // 2024-01-02 + 365 days = 2025-01-01.
    expect(only([closed('2024-01-02', '2024-02-01', 'won')], ever)).toBe('label_not_mature')
    expect(only([closed('2024-01-01T23:59', '2024-02-01', 'won')], ever)).toMatchObject({ won: true })
  })
})

describe('a label of "won and still a customer"', () => {
  const kept = { label: { kind: 'won_and_kept', within_days: 180, kept_days: 365 } }
  const won = (churnedAt: string | null) =>
    closed('2022-03-01', '2022-05-01', 'won', { churnedAt: churnedAt === null ? null : at(churnedAt) })

  it('is false for a customer lost within the stated days', () => {
    // 2022-05-01 + 365 days = 2023-05-01.
    expect(only([won(null)], kept)).toMatchObject({ won: true })
    expect(only([won('2023-04-30T23:59')], kept)).toMatchObject({ won: false })
    expect(only([won('2023-05-01')], kept)).toMatchObject({ won: true })
    expect(only([closed('2022-03-01', '2022-05-01', 'lost')], kept)).toMatchObject({ won: false })
    // 2022-03-01 + 180 days = 2022-08-28.
    expect(only([closed('2022-03-01', '2022-08-28', 'won')], kept)).toMatchObject({ won: false })
  })

  it('waits for both periods to pass, whether won or lost', () => {
    // 2023-07-06 + 545 days = 2025-01-01.
    expect(only([closed('2023-07-06', '2023-08-01', 'lost')], kept)).toBe('label_not_mature')
    expect(only([closed('2023-07-05T23:59', '2023-08-01', 'won')], kept)).toMatchObject({ won: true })
  })
})

it('a win cohort cannot be described on the first of every month', () => {
  expect(() => cohort([deal('2024-03-01')], { moment: { kind: 'first_of_month' } })).toThrow('describes accounts')
})

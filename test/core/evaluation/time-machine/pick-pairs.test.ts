import { describe, expect, it } from 'vitest'
import { differences } from '../../../../src/core/evaluation/time-machine/differences.ts'
import { pickPairs } from '../../../../src/core/evaluation/time-machine/pick-pairs.ts'
import { epochMicrosOf } from '../../../../src/core/base/time.ts'
import { account, at } from '../../training/cohorts/support.ts'

const accounts = [account(1), account(2), account(3, at('2024-09-01'))]
const moments = [
  { accountId: 1, kind: 'opportunity', at: at('2024-03-01T10:00') },
  ...Array.from({ length: 50 }, () => ({ accountId: 2, kind: 'activity', at: at('2024-05-01') })),
  { accountId: 2, kind: 'activity', at: at('2025-01-01') },
]
const end = at('2024-12-31')
const pick = (seed: number) => pickPairs(accounts, moments, 1000, end, seed)

describe('pairs of an account and an instant', () => {
  it('are the same for the same seed', () => {
    expect(pick(1)).toHaveLength(1000)
    expect(pick(1)).toEqual(pick(1))
    expect(pick(1)).not.toEqual(pick(2))
  })

  it('half of them lie within a day of a moment of their account, every kind as often, half exactly on it', () => {
    const near = pick(1).slice(0, 500)
    for (const pair of near) {
      const own = pair.accountId === 1 ? at('2024-03-01T10:00') : at('2024-05-01')
      expect(Math.abs(epochMicrosOf(pair.asOf) - epochMicrosOf(own))).toBeLessThanOrEqual(86_400_000_000)
    }
    expect(near.filter((pair) => pair.accountId === 1).length / 500).toBeCloseTo(0.5, 1)
    const exact = near.filter(({ asOf }) => [at('2024-03-01T10:00'), at('2024-05-01')].includes(asOf))
    expect(exact.length / 500).toBeCloseTo(1 / 2, 1)
  })

  it('the others at instants between the first moment and the end, of accounts known by then', () => {
    for (const pair of pick(1).slice(500)) {
      expect(pair.asOf > at('2024-03-01T10:00') && pair.asOf <= end).toBe(true)
      expect(pair.accountId !== 3 || pair.asOf > at('2024-09-01')).toBe(true)
    }
  })

  it('are found even if only accounts are known', () => {
    expect(pickPairs(accounts, [], 7, end, 1)).toHaveLength(7)
  })
})

describe('differences', () => {
  const columns = ['a', 'b'].map(
    (name) => ({ name, family: 'intent', kind: 'number', transform: 'none', sign: null }) as const,
  )

  it('compare values bit by bit', () => {
    expect(differences(columns, [1, null], [1, null])).toEqual([])
    expect(differences(columns, [0.1 + 0.2, 0], [0.3, -0])).toEqual([
      { feature: 'a', values: [0.1 + 0.2, 0.3] },
      { feature: 'b', values: [0, -0] },
    ])
    expect(differences(columns, [null, 'x'], [0, 'y'])).toHaveLength(2)
    expect(differences(columns, [['a', 'b'], []], [['a', 'b'], []])).toEqual([])
    expect(differences(columns, [['a', 'b'], []], [['b', 'a'], null])).toHaveLength(2)
  })

  it('an account that is not known has none of the features', () => {
    expect(differences(columns, undefined, undefined)).toEqual([])
    expect(differences(columns, undefined, [null, null])).toHaveLength(2)
  })
})

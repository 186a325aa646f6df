import { describe, expect, it } from 'vitest'
import {
  countBetween,
  countWithin,
  daysSinceLast,
  decayedCount,
  decayWeights,
  intentBetween,
  isWindowKnown,
  peopleWithin,
  shareOfRoles,
  surgingTopics,
  trend,
} from '../../../src/core/features/measures.ts'
import { feedStartsOf } from '../../../src/core/features/snapshot.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { at, event, person, signal, snapshotOf } from './support.ts'

describe('counts', () => {
  it('a window of n days holds the ages 0 to n - 1', () => {
    const cells = [event('visit', 0, 1), event('visit', 6, 10), event('visit', 7, 100)]
    expect([1, 7, 8].map((days) => countWithin(cells, days))).toEqual([1, 11, 111])
    expect(countBetween(cells, 6, 7)).toBe(10)
    expect(countBetween(cells, 7, 90)).toBe(100)
  })

  it('people count once, and unidentified visitors do not count', () => {
    const cells = [event('visit', 0, 3, 7), event('form', 2, 1, 7), event('form', 3, 1, 8), event('visit', 1, 9, null)]
    expect(peopleWithin(cells, 3)).toEqual(new Set([7]))
    expect(peopleWithin(cells, 4)).toEqual(new Set([7, 8]))
  })
})

describe('decayed counts', () => {
  it('halve with every half-life', () => {
    // 1 x 1 + 2 x 1/2 + 4 x 1/4 + 8 x 1/8 = 4, exactly.
    const cells = [event('visit', 0, 1), event('visit', 14, 2), event('visit', 28, 4), event('visit', 42, 8)]
    expect(decayedCount(cells, decayWeights(14, 120))).toBe(4)
  })

  it('end with the window', () => {
    const weights = decayWeights(14, 28)
    expect(weights).toHaveLength(28)
    expect(decayedCount([event('visit', 28, 4)], weights)).toBe(0)
    expect(decayedCount([event('visit', 27, 1)], weights)).toBeCloseTo(2 ** (-27 / 14), 9)
  })

  it('do not depend on the order of the facts, to the bit', () => {
    const cells = Array.from({ length: 90 }, (_, age) => event('visit', age, 1 + (age % 7)))
    const weights = decayWeights(11.3, 90)
    expect(decayedCount(cells.toReversed(), weights)).toBe(decayedCount(cells, weights))
  })
})

describe('recency', () => {
  it('is the age of the newest event, and the length of the window when there is none in it', () => {
    expect(daysSinceLast([event('visit', 12), event('visit', 3)], 30)).toBe(3)
    expect(daysSinceLast([event('visit', 30)], 30)).toBe(30)
    expect(daysSinceLast([], 30)).toBe(30)
    expect(daysSinceLast([event('visit', 0)], 30)).toBe(0)
  })
})

describe('trend', () => {
  it('is 0 at the baseline rate', () => {
    expect(trend(21, 84, 21, 84)).toBe(0)
    expect(trend(5, 20, 21, 84)).toBe(0)
    expect(trend(6, 20, 21, 84)).toBeGreaterThan(0)
  })

  it('adds one event per baseline to both rates', () => {
    // Two visits in 21 days and none in the 84 before: (2/21 + 1/84) / (1/84) = 9.
    expect(trend(2, 0, 21, 84)).toBeCloseTo(Math.log(9), 12)
    // None, after 83 in the baseline: (1/84) / (84/84).
    expect(trend(0, 83, 21, 84)).toBeCloseTo(-Math.log(84), 12)
    expect(trend(0, 0, 21, 84)).toBe(0)
  })
})

describe('shares of buying roles', () => {
  it('count each of the wanted roles once, however many people hold it, and no other role', () => {
    const people = [
      person(1, { buyingRole: 'user' }),
      person(2, { buyingRole: 'user' }),
      person(3, { buyingRole: 'influencer' }),
      person(4),
    ]
    expect(shareOfRoles(people, ['user', 'procurement'])).toBe(0.5)
    expect(shareOfRoles([], ['user', 'procurement'])).toBe(0)
  })
})

describe('intent', () => {
  const cells = [signal('crm', 0, 80), signal('crm', 6, 40), signal('crm', 7, 20), signal('erp', 20, 50)]

  it('sums, averages and peaks over ages in [from, to)', () => {
    expect(intentBetween(cells, 0, 7)).toEqual({ sum: 120, max: 80, mean: 60, signals: 2 })
    expect(intentBetween(cells, 7, 21)).toEqual({ sum: 70, max: 50, mean: 35, signals: 2 })
    expect(intentBetween(cells, 30, 60)).toEqual({ sum: 0, max: 0, mean: 0, signals: 0 })
  })

  it('a topic surges when its recent mean is at least the ratio times its own baseline mean', () => {
    // crm: 60 in the last 7 days against 20 before: three times. erp has nothing recent.
    expect(surgingTopics(cells, 7, 21, 3)).toBe(1)
    expect(surgingTopics(cells, 7, 21, 3.01)).toBe(0)
  })

  it('a topic without a baseline surges with any signal', () => {
    expect(surgingTopics([signal('erp', 2, 1)], 7, 21, 5)).toBe(1)
  })
})

describe('zero and unknown', () => {
  const noon = '2024-10-01T12:00:00.000000Z' as Instant
  const since = (text: string) =>
    feedStartsOf([{ fact: 'activity', source: 'web', kind: 'visit', firstAt: text as Instant }])
  const known = (first: string, accountKnownAt: Instant, kinds: readonly string[] | null = null, days = 30) =>
    isWindowKnown(
      snapshotOf({ asOf: noon, accountKnownAt, feedStarts: since(first) }),
      'activity',
      kinds && new Set(kinds),
      days,
    )
  const early = at('2020-01-01')

  it('a window that starts on the day of its source’s first fact is known, one that starts before it is not', () => {
    // 30 days up to 2024-10-01 begin on 2024-09-02.
    expect(known('2024-09-02T23:59:59.999999Z', early)).toBe(true)
    expect(known('2024-09-03T00:00:00.000000Z', early)).toBe(false)
    expect(known('2024-09-03T00:00:00.000000Z', early, null, 29)).toBe(true)
  })

  it('for an account newer than the first fact a window is known', () => {
    expect(known('2024-09-20T08:00:00.000000Z', '2024-09-20T08:00:00.000001Z' as Instant)).toBe(true)
    expect(known('2024-09-20T08:00:00.000000Z', '2024-09-20T08:00:00.000000Z' as Instant)).toBe(false)
  })

  it('a kind without a source is unknown', () => {
    expect(known('2020-01-01T00:00:00.000000Z', early, ['visit'])).toBe(true)
    expect(known('2020-01-01T00:00:00.000000Z', early, ['demo'])).toBe(false)
    expect(known('2020-01-01T00:00:00.000000Z', early, ['demo', 'visit'])).toBe(true)
  })

  it('everything is unknown if no source has a fact', () => {
    const snapshot = snapshotOf({ feedStarts: feedStartsOf([]) })
    expect(isWindowKnown(snapshot, 'activity', null, 7)).toBe(false)
    expect(isWindowKnown(snapshot, 'opportunity', null, 7)).toBe(true)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ageSnapshot } from '../../../src/core/explanation/age-snapshot.ts'
import { applyActions } from '../../../src/core/explanation/apply-actions.ts'
import { actionGroups } from '../../../src/core/explanation/buyer-actions.ts'
import { type Threshold, isOver, standingOf } from '../../../src/core/explanation/threshold.ts'
import { explainChange } from '../../../src/core/explanation/change.ts'
import { findCounterfactuals } from '../../../src/core/explanation/counterfactuals.ts'
import { explainModel } from '../../../src/core/explanation/explain-models.ts'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import { answersOf } from '../../../src/core/scoring/score-account.ts'
import { instantPlusDays } from '../../../src/core/base/time.ts'
import { anySnapshot, definitions, loadedModel } from './support.ts'

const [first, second] = [loadedModel(1), loadedModel(2)]
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

describe('in each model', () => {
  it('intercept and contributions add up to the log-odds, and to the families, to 1e-9, on 10,000 accounts', () => {
    let [accounts, worst] = [0, 0]
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        accounts += 1
        for (const answer of answersOf(first, snapshot, null)) {
          const told = explainModel(first, answer)
          const all = told.families.flatMap(({ contributions }) => contributions.map(({ log_odds }) => log_odds))
          const families = told.families.map(({ log_odds: own, contributions }) => {
            worst = Math.max(worst, Math.abs(sum(contributions.map(({ log_odds }) => log_odds)) - own))
            return own
          })
          worst = Math.max(worst, Math.abs(told.intercept + sum(all) - told.log_odds))
          worst = Math.max(worst, Math.abs(told.intercept + sum(families) - told.log_odds))
          if (all.length !== answer.values.size) return false
        }
        return worst < 1e-9
      }),
      { numRuns: 10_000, seed: 1 },
    )
    expect(accounts).toBe(10_000)
    expect(worst).toBeLessThan(1e-9)
  })
})

/** Then, and the account some days later: the same facts aged, with others that have come since. */
const history = fc.tuple(anySnapshot, anySnapshot, fc.integer({ min: 0, max: 250 })).map(([then, later, days]) => ({
  before: then,
  now: { ...later, asOf: instantPlusDays(then.asOf, days) } satisfies AccountSnapshot,
  days,
}))

describe('why it changed', () => {
  it('adds up to the change of each model: the causes, and the parts of each cause, to 1e-9, on 10,000 changes', () => {
    let [changes, worst] = [0, 0]
    fc.assert(
      fc.property(history, ({ before: then, now }) => {
        const change = explainChange({
          before: { loaded: first, snapshot: then, opened: null },
          nowByEarlierVersion: { loaded: first, snapshot: now, opened: null },
          now: { loaded: second, snapshot: now, opened: null },
        })
        for (const { from, to, causes, parts } of change.models) {
          if (!from || !to || !causes) return false
          changes += 1
          worst = Math.max(worst, Math.abs(from.log_odds + sum(Object.values(causes)) - to.log_odds))
          for (const [cause, logOdds] of Object.entries(causes)) {
            const own = parts.filter((part) => part.cause === cause).map((part) => part.log_odds)
            worst = Math.max(worst, Math.abs(sum(own) - logOdds))
          }
          if (parts.some((part) => part.sentence === '')) return false
        }
        const ends = answersOf(second, now, null).map((answer) => answer.result.logOdds)
        return worst < 1e-9 && change.models.every(({ to }, index) => to?.log_odds === ends[index])
      }),
      { numRuns: 5_000, seed: 2 },
    )
    expect(changes).toBe(10_000)
    expect(worst).toBeLessThan(1e-9)
  })

  it('is time alone where nothing was learned, and new facts alone where no day has passed', () => {
    fc.assert(
      fc.property(history, ({ before: then, now, days }) => {
        const standing = (snapshot: AccountSnapshot) => ({ loaded: first, snapshot, opened: null })
        const aged = standing(ageSnapshot(then, now.asOf, first.featureSet.lookback))
        const waited = explainChange({ before: standing(then), nowByEarlierVersion: aged, now: aged })
        for (const { causes } of waited.models) expect(causes).toMatchObject({ new_facts: 0, version: 0 })
        const today = standing({ ...now, asOf: then.asOf })
        const learned = explainChange({ before: standing(then), nowByEarlierVersion: today, now: today })
        for (const { causes } of learned.models) expect(causes).toMatchObject({ time: 0, version: 0 })
        return days >= 0
      }),
      { numRuns: 500, seed: 3 },
    )
  })
})

/** What no buyer does: the very same objects must be there afterwards. */
const FROZEN = [
  'versions',
  'businessEvents',
  'customerEvents',
  'opportunities',
  'reach',
  'feedStarts',
  'accountKnownAt',
  'asOf',
] as const

describe('what would reach the threshold', () => {
  it('reaches it when it is applied to the facts and scored again, smallest first', () => {
    let found = 0
    fc.assert(
      fc.property(anySnapshot, fc.double({ min: 1.05, max: 3, noNaN: true }), (snapshot, times) => {
        const now = standingOf(first, snapshot)?.probability ?? 0
        const threshold: Threshold = {
          enter: Math.min(0.9, now * times),
          minimumStage: 'awareness',
          minimumEvidence: 'medium',
        }
        const answer = findCounterfactuals(
          first,
          snapshot,
          { threshold, excludedBy: null },
          { open: false, stage: null },
        )
        for (const { actions, qualified_probability: probability, sentence } of answer.found) {
          found += 1
          const [inMarket, win] = answersOf(first, applyActions(snapshot, actions), null)
          expect((inMarket?.result.probability ?? 0) * (win?.result.probability ?? 0)).toBe(probability)
          expect(probability).toBeGreaterThanOrEqual(threshold.enter)
          const standing = standingOf(first, applyActions(snapshot, actions))
          expect(standing && isOver(standing, threshold)).toBe(true)
          expect(sentence).toContain('at or over the threshold')
        }
        if (answer.status === 'none_found') expect(answer.sentence).toContain('Nothing that a buyer might do')
        if (answer.best) expect(answer.best.sentence).toMatch(/below the threshold|but (in|with)/)
        expect(answer.found.length > 0).toBe(answer.status === 'found')
      }),
      { numRuns: 150, seed: 4 },
    )
    expect(found).toBeGreaterThan(200)
  })

  it('never touches what the company is, its deals, or what sales did', () => {
    let actions = 0
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        for (const action of actionGroups(definitions, snapshot).flat()) {
          actions += 1
          const after = applyActions(snapshot, [action])
          for (const field of FROZEN) expect(after[field]).toBe(snapshot[field])
          const touched = (Object.keys(after) as (keyof AccountSnapshot)[]).filter(
            (field) => after[field] !== snapshot[field],
          )
          expect(['contacts', 'activities', 'latestKinds', 'intentSignals']).toEqual(expect.arrayContaining(touched))
          expect(touched.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 300, seed: 5 },
    )
    expect(actions).toBeGreaterThan(5_000)
  })
})

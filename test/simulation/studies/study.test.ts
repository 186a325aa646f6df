import { describe, expect, it } from 'vitest'
import { evaluateCompany } from '../../../src/simulation/studies/evaluate-company.ts'
import { atLeast, atMost, binomialQuantile, studyTasks, tally } from '../../../src/simulation/studies/tally.ts'
import { drawCompany, drawWorld, STUDY_KINDS, trueLogOdds } from '../../../src/simulation/studies/worlds.ts'
import { rocAuc } from '../../../src/core/statistics/ranking.ts'

/** From 5 on: `STUDY_COMPANIES=10 npm test -- study.test.ts` for the long version, `npm run study` for more. */
const COMPANIES = Math.max(5, Number(process.env['STUDY_COMPANIES'] ?? 5))

describe(`${COMPANIES} companies of each kind`, () => {
  it.each(STUDY_KINDS)('%s gets the verdict that it should', (kind) => {
    const tasks = studyTasks(COMPANIES, 1, [kind], { freshRows: 20_000, replicates: 500 })
    const lines = tally(tasks.map(evaluateCompany))
    expect(lines.filter(({ kept }) => !kept)).toEqual([])
  })
})

describe('the bounds', () => {
  it('are 6 and 90 of 100, and for ten companies 1 and 8', () => {
    expect([atMost(100), atLeast(100)]).toEqual([6, 90])
    expect([atMost(10), atLeast(10)]).toEqual([1, 8])
  })

  it('binomial quantiles: of 2 fair coins, a quarter shows no head, three quarters at most one', () => {
    expect([0.25, 0.26, 0.75, 0.76].map((share) => binomialQuantile(2, 0.5, share))).toEqual([0, 1, 1, 2])
  })

  it('every company has a seed of its own, whatever else comes with the sizes', () => {
    const sizes = { freshRows: 1, replicates: 1, seed: 7, kind: 'noise' }
    const tasks = studyTasks(50, 1, STUDY_KINDS, sizes)
    expect(new Set(tasks.map(({ kind, seed }) => `${kind} ${seed}`)).size).toBe(50 * STUDY_KINDS.length)
  })

  it('a verdict too easily given is seen', () => {
    const results = Array.from({ length: 10 }, (_, index) => ({
      kind: 'noise' as const,
      seed: String(index),
      verdict: index < 2 ? 'proven' : 'not_proven',
      failed: [],
      coverage: null,
    }))
    expect(tally(results)).toEqual([{ name: 'noise', found: '2 of 10 proven', bound: 'at most 1', kept: false }])
  })
})

describe('the worlds', () => {
  it('real signal: true AUC 0.75, points 0.65', () => {
    const scored = Array.from({ length: 20 }, (_, index) => {
      const world = drawWorld('real_signal', index)
      return drawCompany(world, index).rows.map((row) => ({
        truth: { probability: trueLogOdds(world, row.values as number[], 0), won: row.won },
        points: { probability: row.points ?? 0, won: row.won },
      }))
    }).flat()
    expect(rocAuc.compute(scored.map(({ truth }) => truth))).toBeCloseTo(0.75, 2)
    expect(rocAuc.compute(scored.map(({ points }) => points))).toBeCloseTo(0.65, 2)
  })

  it('the same seed draws the same company', () => {
    const draw = () => drawCompany(drawWorld('noise', 3), 3)
    expect(draw()).toEqual(draw())
  })
})

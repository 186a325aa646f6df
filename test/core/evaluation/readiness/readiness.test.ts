import { describe, expect, it } from 'vitest'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { modelFindings, modelReadiness } from '../../../../src/core/evaluation/readiness/model-readiness.ts'
import { assessReadiness } from '../../../../src/core/evaluation/readiness/readiness.ts'
import { type FactReadiness, ReadinessReport } from '../../../../src/core/evaluation/readiness/report.ts'
import { coxSnellFromAuc, rileySampleSize } from '../../../../src/core/evaluation/readiness/sample-size.ts'
import { addMonths, type IsoDate, startOfDay } from '../../../../src/core/base/time.ts'
import { at, inMarketSpecification, winSpecification } from '../../training/cohorts/support.ts'

const asOf = at('2025-01-01')
const columns: readonly FeatureColumn[] = ['employees', 'visits', 'trend'].map((name) => ({
  name,
  family: 'account_fit',
  kind: 'number',
  transform: 'none',
  sign: null,
}))

/** `won` and `lost` examples over so many months; every second one does not know `visits`, none knows `trend`. */
function examples(won: number, lost: number, months = 14): readonly TrainingRow[] {
  return Array.from({ length: won + lost }, (_, index) => {
    const openedAt = startOfDay(addMonths('2023-01-01' as IsoDate, index % months))
    return {
      id: `a${index}`,
      asOf: openedAt,
      openedAt,
      values: [index % 7, index % 2 === 0 ? index % 5 : null, null],
      won: index < won,
      weight: 1,
    }
  })
}

const specification = winSpecification()
const assess = (rows: readonly TrainingRow[]) => {
  const readiness = modelReadiness({ specification, columns, rows, excluded: { label_not_mature: 7 } }, asOf)
  return { readiness, findings: modelFindings(readiness, specification) }
}

const noFacts: FactReadiness = {
  facts: [],
  opportunities: { won: 0, lost: 0, open: 0 },
  history: [],
  backfilled: {
    attributes: { count: 0, of: 0 },
    contacts: { count: 0, of: 0 },
    account_links: { count: 0, of: 0 },
    opportunity_contacts: { count: 0, of: 0 },
    opportunities: { count: 0, of: 0 },
  },
  imports: [],
}

describe('the sample size of Riley et al.', () => {
  it('is 623 in their example of 24 parameters and an R2 of 0.288', () => {
    // 24 / (-0.1 * ln(1 - 0.288 / 0.9)) = 24 / 0.038566 = 622.3
    expect(rileySampleSize(24, 0.288)).toBe(623)
  })

  it('takes the R2 that an AUC gives at a base rate', () => {
    // Four million simulated rows give 0.1036, 0.1663 and 0.0106.
    expect(coxSnellFromAuc(0.7, 0.3)).toBeCloseTo(0.1034, 4)
    expect(coxSnellFromAuc(0.8, 0.174)).toBeCloseTo(0.1671, 4)
    expect(coxSnellFromAuc(0.7, 0.02)).toBeCloseTo(0.0107, 4)
  })

  it('grants no credit for an AUC above 0.8 and stays finite at 0.5', () => {
    expect(coxSnellFromAuc(0.95, 0.3)).toBe(coxSnellFromAuc(0.8, 0.3))
    expect(coxSnellFromAuc(0.5, 0.3)).toBe(coxSnellFromAuc(0.55, 0.3))
  })
})

describe('readiness of a model', () => {
  it('refuses fewer than 40 won or 40 lost, and states how many more are needed', () => {
    const { findings } = assess(examples(39, 12))
    expect(findings.filter(({ severity }) => severity === 'refused').map(({ sentence }) => sentence)).toEqual([
      'win has 39 won examples with a complete label window (opened before 2024-07-05); training needs at least 40, 1 more.',
      'win has 12 lost examples with a complete label window (opened before 2024-07-05); training needs at least 40, 28 more.',
    ])
    expect(assess(examples(40, 40)).findings.every(({ severity }) => severity === 'warning')).toBe(true)
  })

  it('counts outcomes by weight: three contacts of one deal are one outcome', () => {
    const thirds = examples(120, 300).map((row) => ({ ...row, weight: 1 / 3 }))
    expect(assess(thirds).readiness).toMatchObject({ won: 40, lost: 100 })
  })

  it('warns below the sample size that the parameters take', () => {
    const { readiness, findings } = assess(examples(40, 100))
    // Employees, visits and whether visits are unknown; trend is never known and makes no parameter.
    expect(readiness.sample_size).toMatchObject({ parameters: 3, auc: 0.7, auc_is_measured: false })
    expect(readiness.sample_size.needed).toBe(rileySampleSize(3, coxSnellFromAuc(0.7, 40 / 140)))
    const small = findings.find(({ name }) => name === 'small_sample')
    expect(small).toMatchObject({ severity: 'warning', figure: 140, limit: readiness.sample_size.needed })
    expect(assess(examples(400, 1000)).findings.some(({ name }) => name === 'small_sample')).toBe(false)
  })

  it('names features that are never or rarely known, and the number of rows without each', () => {
    const { readiness, findings } = assess(examples(400, 1000))
    expect(readiness.unknown).toEqual([
      { column: 'trend', share: 1 },
      { column: 'visits', share: 0.5 },
    ])
    expect(findings).toEqual([])
  })

  it('shows the base rate by month and warns of less than a year', () => {
    const { readiness, findings } = assess(examples(50, 50, 2))
    // 100 rows alternate between two months; of the first 50, won, 25 fall in each.
    expect(readiness.by_month).toEqual([
      { month: '2023-01', rows: 50, won: 25, base_rate: 0.5 },
      { month: '2023-02', rows: 50, won: 25, base_rate: 0.5 },
    ])
    expect(findings).toContainEqual(expect.objectContaining({ name: 'short_history', figure: 2, limit: 12 }))
  })

  it('adds the two days that an opportunity must stay open: 92 days for a label within 90', () => {
    const inMarket = modelReadiness({ specification: inMarketSpecification(), columns, rows: [], excluded: {} }, asOf)
    expect(inMarket).toMatchObject({ label_days: 92, labelled_before: '2024-10-01', base_rate: null, won: 0 })
  })
})

describe('readiness of a database', () => {
  it('warns of facts without dates, without accounts, and of rows that were rejected', () => {
    const facts: FactReadiness = {
      ...noFacts,
      facts: [{ fact: 'activity', stored: 100, known: 70, unmatched: 30 }],
      backfilled: { ...noFacts.backfilled, attributes: { count: 30, of: 100 }, contacts: { count: 20, of: 100 } },
      imports: [{ kind: 'contacts', runs: 2, read: 1000, rejected: 25, reasons: { bad_email: 20, missing_value: 5 } }],
    }
    const { findings, ready } = assessReadiness(facts, [], asOf)
    expect(ready).toBe(true)
    expect(findings.map(({ name, subject, figure }) => [name, subject, figure])).toEqual([
      ['backfilled', 'attributes', 0.3],
      ['unmatched', 'activity', 0.3],
      ['rejected_rows', 'contacts', 0.025],
    ])
    expect(findings.at(-1)?.sentence).toBe('2.5% of the rows of contacts were rejected: 20 bad_email, 5 missing_value.')
  })

  it('states from when each kind of undated fact counts', () => {
    const every = { count: 3, of: 10 }
    const backfilled = {
      attributes: every,
      contacts: every,
      account_links: every,
      opportunity_contacts: every,
      opportunities: every,
    }
    const { findings } = assessReadiness({ ...noFacts, backfilled }, [], asOf)
    expect(findings.map(({ subject, sentence }) => [subject, / and count (as [^:]*):/.exec(sentence)?.[1]])).toEqual([
      ['attributes', 'as known all along, or since a stated creation'],
      ['contacts', 'as known all along, or since a stated creation'],
      ['account_links', 'as known all along'],
      ['opportunity_contacts', 'as known all along'],
      ['opportunities', 'as known since they opened'],
    ])
  })

  it('has one finding per feature over all models', () => {
    const known = (rows: readonly TrainingRow[]) =>
      rows.map((row) => ({ ...row, values: [1, row.values[1] ?? null, 2] }))
    const rows = examples(400, 1000)
    const hidden = rows.map((row, index) =>
      index % 5 === 0 ? row : { ...row, values: [row.values[0] ?? null, null, null] },
    )
    const models = (...all: readonly (readonly TrainingRow[])[]) =>
      all.map((own, index) => ({
        specification: { ...specification, model: (['win', 'win_open', 'in_market'] as const)[index] ?? 'win' },
        columns,
        rows: own,
        excluded: {},
      }))
    const sentences = (...all: readonly (readonly TrainingRow[])[]) =>
      assessReadiness(noFacts, models(...all), asOf).findings.map(({ model, sentence }) => [model, sentence])
    expect(sentences(rows, rows)).toEqual([
      [
        null,
        '"trend" is unknown in every example: import the facts that it is computed from, or leave it out (`winrate init` does).',
      ],
    ])
    // Of 1,400 rows 1,120 hide visits, and of the other 280 every second one does not know them: 90%.
    expect(sentences(hidden, known(rows))).toEqual([
      ['win', expect.stringMatching(/^"trend" is unknown in every example of win: /)],
      ['win', '"visits" is unknown in 90% of the examples of win.'],
    ])
    expect(sentences(hidden, hidden, rows)).toEqual([
      [null, expect.stringMatching(/^"trend" is unknown in every example: /)],
      [null, '"visits" is unknown in 90% of the examples of win and win_open.'],
    ])
  })

  it('names the day to train an old export as of, and the deals that lie before the history', () => {
    const excluded = { before_history: 233 }
    const model = { specification, columns, rows: examples(400, 1000), excluded }
    const found = (newest_on: string | null) =>
      assessReadiness({ ...noFacts, newest_on }, [model], asOf).findings.find(({ name }) => name === 'old_history')
    // From 2023-02-14 to 2025-01-01 there are 320 + 366 + 1 days.
    expect(found('2023-02-14')).toMatchObject({
      figure: 687,
      sentence:
        'The newest fact is of 2023-02-14, 687 days before as-of: 233 deals lie before the 60 months of history, and later months count as months without any activity. For an old export give --as-of 2023-02-15.',
    })
    expect(found('2024-10-02')).toMatchObject({ figure: 91 })
    expect(found('2024-10-03')).toBeUndefined()
    expect(found(null)).toBeUndefined()
  })

  it('lists refusals first, and is not ready if there is one', () => {
    const model = { specification, columns, rows: examples(10, 100), excluded: { label_not_mature: 7 } }
    const report = assessReadiness(noFacts, [model], asOf)
    expect(report.ready).toBe(false)
    expect(report.findings[0]?.name).toBe('too_few_won')
    expect(report.models[0]?.excluded).toEqual({ label_not_mature: 7 })
    expect(ReadinessReport.parse(report)).toEqual(report)
  })

  it('is not ready without any example', () => {
    const report = assessReadiness(noFacts, [{ specification, columns, rows: [], excluded: {} }], asOf)
    expect(report.findings.map(({ name }) => name)).toEqual(['too_few_won', 'too_few_lost'])
  })
})

import { describe, expect, it } from 'vitest'
import { assembleReport } from '../../../../src/core/evaluation/report/build-report.ts'
import { BacktestReport } from '../../../../src/core/evaluation/report/report.ts'
import { planBacktest, runBacktest } from '../../../../src/core/evaluation/backtest/run-backtest.ts'
import { runFold } from '../../../../src/core/evaluation/backtest/folds/run-fold.ts'
import { SCORER_NAMES } from '../../../../src/core/evaluation/backtest/scorer-names.ts'
import type { BacktestOptions } from '../../../../src/core/evaluation/backtest/types.ts'
import { createRandom, hashSeed } from '../../../../src/core/base/random.ts'
import { at, company, QUICK } from './support.ts'

const data = company(1)
const { report, folds } = runBacktest(data, QUICK)

describe('a backtest', () => {
  it('makes a report that its schema accepts', () => {
    expect(BacktestReport.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  it('evaluates every requested scorer on the same rows', () => {
    const names = SCORER_NAMES.filter((name) => name !== 'direct' && name !== 'champion')
    expect(Object.keys(report.scorers)).toEqual(names)
    const tested = report.folds.reduce((sum, fold) => sum + fold.test_rows, 0)
    for (const name of names.filter((one) => one !== 'earlier_14_days'))
      expect(report.scorers[name]?.rows, name).toBe(tested)
    expect(report.scorers['earlier_14_days']?.rows).toBeLessThan(tested)
    expect(report.unavailable_scorers).toEqual({ champion: 'there is no other champion' })
  })

  it('ranks the scorers as simulated: fit and engagement predict; contacts, topics and points do not', () => {
    const auc = (name: string) => report.scorers[name as 'model']?.roc_auc.value ?? NaN
    expect(auc('model')).toBeGreaterThan(0.7)
    expect(auc('account_fit_only')).toBeGreaterThan(auc('engagement_only'))
    expect(auc('without_account_fit')).toBeLessThan(auc('model') - 0.05)
    for (const name of ['contact_fit_only', 'intent_only', 'mql_points']) expect(auc(name), name).toBeLessThan(0.6)
    expect(report.folds.at(-1)?.best_single_feature).toBe('employees')
    expect(report.verdict).toBe('proven')
  })

  it('differences are the model less the other scorer', () => {
    const { log_loss } = report.differences['mql_points']!
    const expected = report.scorers['model']!.log_loss.value! - report.scorers['mql_points']!.log_loss.value!
    expect(log_loss.value).toBeCloseTo(expected, 6)
    expect(log_loss.low).toBeLessThan(log_loss.value!)
  })

  it('DeLong and the bootstrap agree about the AUC', () => {
    const { roc_auc } = report.scorers['model']!
    const width = roc_auc.high! - roc_auc.low!
    expect((report.delong!.roc_auc.high! - report.delong!.roc_auc.low!) / width).toBeCloseTo(1, 0)
    expect(report.delong!.roc_auc.value).toBeCloseTo(roc_auc.value!, 6)
  })

  it('has curves that begin and end at 0 and 1', () => {
    expect(report.roc_curve['model']?.[0]).toEqual({ false_positive: 0, true_positive: 0 })
    expect(report.roc_curve['model']?.at(-1)).toEqual({ false_positive: 1, true_positive: 1 })
    const gain = report.gain_curve['model']!
    expect(gain.at(-1)?.gain).toEqual({ value: 1, low: 1, high: 1 })
    for (const { gain: point } of gain) expect(point.low! <= point.high!).toBe(true)
    expect(report.calibration_curve).toHaveLength(10)
    expect(report.calibration_noise?.within_noise).toBe(true)
  })

  it('slices have at least 50 rows, and a missing value is no slice', () => {
    expect(report.slices.map(({ slice }) => slice)).toEqual(['industry', 'industry', 'industry'])
    for (const { rows } of report.slices) expect(rows).toBeGreaterThanOrEqual(50)
  })

  it('chooses a threshold on rows before each fold and evaluates it on the fold', () => {
    const { pooled, folds: thresholds, recommended } = report.thresholds!
    expect(thresholds.filter(({ threshold }) => threshold !== null).length).toBeGreaterThanOrEqual(3)
    // A tenth of the rows, give or take what the inner folds had instead.
    expect(pooled.listed! / pooled.rows).toBeGreaterThan(0.04)
    expect(pooled.listed! / pooled.rows).toBeLessThan(0.2)
    expect(pooled.observed_rate.value).toBeGreaterThan(report.data.won / report.data.rows)
    expect(recommended.threshold).toBe(thresholds.at(-1)?.threshold)
    expect(recommended.basis).toContain('the lowest threshold that lists at most 10%')
  })

  it('an in-market model has stages, the highest of which opens most often; a win model has none', () => {
    expect(report.stages).toBeNull()
    const inMarket = runBacktest({ ...data, model: 'in_market' }, { ...QUICK, scorers: [] }).report
    expect(inMarket.stages?.recommended[0]).toMatchObject({ stage: 'target', from: 0 })
    // 300 test rows are too few for all five to rise; the ends and the middle stand clearly apart.
    const rateOf = (name: string) =>
      inMarket.stages?.pooled.find(({ stage }) => stage === name)?.opening_rate.value ?? NaN
    expect(rateOf('decision')).toBeGreaterThan(rateOf('awareness') + 0.1)
    expect(rateOf('awareness')).toBeGreaterThan(rateOf('target') + 0.1)
    const shares = inMarket.stages!.pooled.map(({ share }) => share ?? 0)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6)
  })

  it('older models are compared with new ones on the same rows', () => {
    expect(report.model_age.map(({ folds_old }) => folds_old)).toEqual(
      Array.from({ length: folds.length - 1 }, (_, index) => index + 1),
    )
    expect(report.model_age[0]!.months_old).toBeGreaterThanOrEqual(2)
  })

  it('a penalty ten times the chosen one is reported beside it', () => {
    const own = report.penalty_sensitivity.find(({ multiplier }) => multiplier === 1)
    expect(own?.log_loss_less_chosen).toEqual({ value: 0, low: 0, high: 0 })
    expect(own?.log_loss.value).toBeCloseTo(report.scorers['model']!.log_loss.value!, 4)
  })
})

describe('the same bytes', () => {
  const bytes = JSON.stringify(report)

  it('whatever the order of the rows', () => {
    const random = createRandom('order')
    expect(JSON.stringify(runBacktest({ ...data, rows: random.shuffle(data.rows) }, QUICK).report)).toBe(bytes)
  })

  it('whatever the time zone', () => {
    const before = process.env['TZ']
    process.env['TZ'] = 'Asia/Kolkata'
    expect(JSON.stringify(runBacktest(data, QUICK).report)).toBe(bytes)
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })

  it('with the folds run elsewhere, in any order, on copies of their tasks', () => {
    const planned = planBacktest(data, QUICK)
    if (planned.kind !== 'planned') throw new Error('expected a plan')
    const backwards = planned.tasks.toReversed().map((task) => structuredClone(runFold(structuredClone(task))))
    expect(JSON.stringify(assembleReport(planned.data, QUICK, backwards.toReversed()))).toBe(bytes)
  })

  it('and another seed draws other accounts', () => {
    const other = runBacktest(data, { ...QUICK, scorers: ['mql_points'], seed: 2 }).report
    expect(other.scorers['model']?.roc_auc.value).toBe(report.scorers['model']?.roc_auc.value)
    expect(other.scorers['model']?.roc_auc.low).not.toBe(report.scorers['model']?.roc_auc.low)
  })

  it('a changed label is another hash', () => {
    const [first, ...rest] = data.rows
    const changed = { ...data, rows: [{ ...first!, won: !first!.won }, ...rest] }
    expect(runBacktest(changed, { ...QUICK, scorers: [] }).report.data_sha256).not.toBe(report.data_sha256)
  })
})

describe('the test rows do not affect the model', () => {
  it('changing the outcomes of the newest fold changes no prediction', () => {
    const split = folds.at(-1)!.fold.split
    const changed = company(1, (row) => (row.asOf >= split ? { won: !row.won } : {}))
    const options = { ...QUICK, scorers: ['mql_points', 'naive_bayes', 'best_single_feature'] as const }
    const before = runBacktest(data, options).folds.at(-1)!.scorers
    const after = runBacktest(changed, options).folds.at(-1)!.scorers
    expect(after).toEqual(before)
  })
})

describe('scorers that depend on the data', () => {
  const quick = (change: Parameters<typeof company>[1], scorers: BacktestOptions['scorers'] = []) =>
    runBacktest(company(1, change), { ...QUICK, scorers }).report

  it('a gain that depends on backfilled facts is not proven', () => {
    const { verdict, reasons, backfilled } = quick(
      (row) => ({ honestValues: [null, null, row.values[2]!, null, row.values[4]!] }),
      ['without_backfilled', 'mql_points'],
    )
    expect(verdict).toBe('not_proven')
    expect(backfilled.map(({ column }) => column)).toEqual(['employees', 'industry', 'visits'])
    const failed = reasons.filter(({ passed }) => !passed)
    expect(failed.length).toBeGreaterThan(0)
    for (const { evaluation, sentence } of failed) {
      expect(evaluation).toBe('without_backfilled')
      expect(sentence).toContain('without backfilled industry, visits, employees')
    }
  })

  it('a model no better than the points is not proven', () => {
    const { reasons } = quick(
      (row) => ({
        points: Math.round(50 + 30 * ((row.values[0] as number | null) ?? 0)),
        values: row.values.with(1, 'x'),
      }),
      ['mql_points'],
    )
    expect(reasons.find(({ condition }) => condition === 'log_loss_mql_points')).toBeDefined()
  })

  it('without points the scorer is unavailable, with a reason', () => {
    const { unavailable_scorers } = quick(() => ({ points: null }), ['mql_points'])
    expect(unavailable_scorers).toEqual({ mql_points: 'the data hold no MQL points' })
  })

  it('constant points predict the base rate', () => {
    const { differences, scorers } = quick(() => ({ points: 10 }), ['mql_points'])
    expect(scorers['mql_points']?.log_loss).toEqual(scorers['base_rate']?.log_loss)
    expect(differences['mql_points']?.log_loss).toEqual(differences['base_rate']?.log_loss)
  })

  it('a champion is compared only on rows after its own as-of, whose outcomes it cannot have learned', () => {
    const champion = { model: folds[2]!.model!, asOf: folds[2]!.fold.split }
    const compared = runBacktest(data, { ...QUICK, scorers: ['champion'], champion }).report
    const unseen = folds
      .flatMap(({ fold }) => Array.from(fold.test))
      .filter((position) => runBacktestRow(position).asOf >= champion.asOf).length
    expect(compared.scorers['champion']?.rows).toBe(unseen)
    expect(compared.differences['champion']?.rows).toBe(unseen)
  })

  it('given probabilities replace the model, which becomes the baseline direct', () => {
    const given = Object.fromEntries(data.rows.map((row) => [row.key, 0.1 + (hashSeed(row.key) % 100) / 500]))
    const composite = runBacktest(
      { ...data, model: 'qualified' },
      { ...QUICK, scorers: [], given: { model: given } },
    ).report
    expect(composite.scorers['direct']?.roc_auc.value).toBe(report.scorers['model']?.roc_auc.value)
    expect(composite.scorers['model']?.roc_auc.value).toBeLessThan(0.6)
    expect(composite.thresholds?.folds[0]?.reason).toContain('too few rows before this fold')
  })

  it('rows without a given probability are not tested', () => {
    const known = data.rows.filter((row) => row.asOf >= at('2023-07-01'))
    const given = { model: Object.fromEntries(known.map((row) => [row.key, row.won ? 0.3 : 0.1])) }
    const partly = runBacktest({ ...data, model: 'qualified' }, { ...QUICK, scorers: [], given }).report
    const tested = folds.flatMap(({ fold }) => Array.from(fold.test)).map(runBacktestRow)
    const expected = tested.filter((row) => row.asOf >= at('2023-07-01')).length
    expect(partly.scorers['model']?.rows).toBe(expected)
    expect(partly.scorers['direct']?.rows).toBe(expected)
    expect(partly.scorers['model']?.roc_auc.value).toBe(1)
    expect(runBacktest(data, { ...QUICK, scorers: [], given: { model: {} } }).report).toMatchObject({
      verdict: 'refused',
      reasons: [{ condition: 'has_probabilities', passed: false }],
    })
  })

  it('a champion that cannot be compared, or has no row after its as-of, states the reason', () => {
    const unavailable = 'the champion counts visits over 30 days, this version over 90'
    const other = runBacktest(data, { ...QUICK, scorers: ['champion'], champion: { unavailable } }).report
    expect(other.unavailable_scorers['champion']).toBe(unavailable)
    const champion = { model: folds[0]!.model!, asOf: data.dataEnd }
    const young = runBacktest(data, { ...QUICK, scorers: ['champion'], champion }).report
    expect(young.unavailable_scorers['champion']).toContain('no later row has a complete label yet')
  })

  it('sampled negatives represent those left out', () => {
    const kept = data.rows.filter((row) => row.won || hashSeed(row.key) % 2 === 0)
    const lost = data.rows.filter((row) => !row.won)
    const negativesKept = kept.filter((row) => !row.won).length / lost.length
    const sampled = runBacktest({ ...data, rows: kept, negativesKept }, { ...QUICK, scorers: ['naive_bayes'] }).report
    for (const name of ['model', 'base_rate', 'naive_bayes'] as const) {
      expect(sampled.scorers[name]?.observed_expected.value, name).toBeCloseTo(1, 0)
      const difference = sampled.scorers[name]!.log_loss.value! - report.scorers[name]!.log_loss.value!
      expect(Math.abs(difference), name).toBeLessThan(0.03)
    }
  })

  function runBacktestRow(position: number) {
    return data.rows.toSorted((a, b) => compare(a.asOf, b.asOf) || compare(a.id, b.id) || compare(a.key, b.key))[
      position
    ]!
  }
})

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

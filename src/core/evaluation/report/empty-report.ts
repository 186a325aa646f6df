import { hashOfData } from './canonical.ts'
import { shownInterval } from '../backtest/measures/measure.ts'
import type { BacktestReport } from './report.ts'
import { shownCapacity } from '../policy/threshold-report.ts'
import { type BacktestData, type BacktestOptions, DEFAULT_CAPACITY, DEFAULT_REPLICATES } from '../backtest/types.ts'
import type { VerdictReason } from './verdict.ts'

/** The report before any fold has run. @param data in canonical order */
export function blankReport(data: BacktestData, options: BacktestOptions): BacktestReport {
  const { rows } = data
  const won = rows.filter((row) => row.won).length
  return {
    model: data.model,
    verdict: 'refused',
    reasons: [],
    seed: options.seed ?? 1,
    data_sha256: options.dataSha256 ?? hashOfData(data),
    data: {
      rows: rows.length,
      accounts: new Set(rows.map((row) => row.id)).size,
      won,
      lost: rows.length - won,
      first_as_of: rows[0]?.asOf ?? null,
      last_as_of: rows.at(-1)?.asOf ?? null,
      data_end: data.dataEnd,
      label_window_days: data.labelWindowDays,
      excluded: { ...data.excluded },
    },
    resampling: { replicates: options.replicates ?? DEFAULT_REPLICATES, accounts: 0 },
    capacity: shownCapacity(options.capacity ?? DEFAULT_CAPACITY),
    folds: [],
    scorers: {},
    unavailable_scorers: {},
    differences: {},
    delong: null,
    calibration_noise: null,
    calibration_curve: [],
    roc_curve: {},
    gain_curve: {},
    thresholds: null,
    stages: null,
    slices: [],
    coefficients: [],
    model_age: [],
    penalty_sensitivity: [],
    backfilled: [],
    leakage: [...(options.leakage ?? [])],
  }
}

export function reportReasons(reasons: readonly VerdictReason[]): BacktestReport['reasons'] {
  return reasons.map((reason) => ({
    ...reason,
    counts: { ...reason.counts },
    figure: reason.figure && shownInterval(reason.figure),
  }))
}

import { expect, it } from 'vitest'
import featuresJson from '../../../../models/features.json' with { type: 'json' }
import winJson from '../../../../models/win.json' with { type: 'json' }
import { ModelSpecification } from '../../../../src/core/training/cohorts/model-specification.ts'
import { winCohort } from '../../../../src/core/training/cohorts/win-cohort.ts'
import { compileFeatures, readFeatures } from '../../../../src/core/features/compile.ts'
import type { AccountSnapshot } from '../../../../src/core/features/snapshot.ts'
import { FeatureSpecification } from '../../../../src/core/features/specification.ts'
import type { FeatureColumn } from '../../../../src/core/features/types.ts'
import { applyModel, compileModel } from '../../../../src/core/training/logistic/logistic-model.ts'
import { trainLogistic } from '../../../../src/core/training/logistic/train.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { featuresOf } from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { simulateAccounts } from '../../../../src/simulation/simulate-company.ts'
import { withOpportunities } from '../../../../src/simulation/size.ts'
import { simulatedHistories, simulatedSnapshots } from '../../../../src/simulation/studies/simulated-snapshots.ts'
import { type IsoDate, startOfDay } from '../../../../src/core/base/time.ts'

const END = '2025-11-01' as IsoDate

it('of accounts unknown to the model, the top tenth by its ranking is won at least twice as often as all', () => {
  const set = compileFeatures(FeatureSpecification.parse(featuresJson))
  const win = ModelSpecification.parse(winJson)
  const indexes = featuresOf(set, win)
  const valuesOf = (snapshot: AccountSnapshot) => {
    const all = readFeatures(set, snapshot)
    return indexes.map((index) => all[index] ?? null)
  }
  const rows: TrainingRow[] = []
  const hidden: { readonly values: TrainingRow['values']; readonly truth: number }[] = []
  const end = startOfDay(END)
  const world = withOpportunities({ end: END, accounts: 800, months: 30, seed: 5 }, 700)
  let accountId = 0
  for (const tables of simulateAccounts(world)) {
    accountId += 1
    const snapshotAt = simulatedSnapshots(tables, startOfDay('2023-05-01' as IsoDate))
    if (accountId % 2 === 0) {
      for (const row of winCohort(simulatedHistories(tables, accountId, end), win, end).rows) {
        const snapshot = snapshotAt(row.asOf)
        if (!snapshot) continue
        const { asOf, openedAt, won } = row
        rows.push({ id: String(accountId), asOf, openedAt, won, weight: 1, values: valuesOf(snapshot) })
      }
    } else {
      const month = tables.accountMonths.at(-1)
      const snapshot = month && snapshotAt(startOfDay(month.month))
      if (snapshot) hidden.push({ values: valuesOf(snapshot), truth: month.win_probability })
    }
  }
  const columns = indexes.map((index) => set.columns[index] as FeatureColumn)
  const trained = trainLogistic({ columns, rows }, { labelWindowDays: 180 })
  if (trained.kind !== 'trained') throw new Error(trained.kind)
  const compiled = compileModel(trained.model)
  const ranked = hidden
    .map(({ values, truth }) => ({ probability: applyModel(compiled, values).probability, truth }))
    .toSorted((one, other) => other.probability - one.probability)
  const rateOf = (accounts: readonly { readonly truth: number }[]) =>
    accounts.reduce((sum, { truth }) => sum + truth, 0) / accounts.length
  const top = ranked.slice(0, Math.ceil(ranked.length / 10))
  expect(hidden.length).toBeGreaterThan(350)
  expect(rateOf(top) / rateOf(ranked)).toBeGreaterThan(2)
})

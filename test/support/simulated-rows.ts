import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CohortAccount, OpportunityHistory } from '../../src/core/training/cohorts/cohort.ts'
import { inMarketCohort } from '../../src/core/training/cohorts/in-market-cohort.ts'
import { ModelSpecification } from '../../src/core/training/cohorts/model-specification.ts'
import { winCohort } from '../../src/core/training/cohorts/win-cohort.ts'
import { compileFeatures, readFeatures } from '../../src/core/features/compile.ts'
import type { AccountSnapshot } from '../../src/core/features/snapshot.ts'
import { FeatureSpecification } from '../../src/core/features/specification.ts'
import type { FeatureColumn } from '../../src/core/features/types.ts'
import type { FactsAround } from '../../src/core/evaluation/leakage/future.ts'
import type { TrainingRow } from '../../src/core/training/logistic/types.ts'
import type { SimulatedTables } from '../../src/simulation/export/rows.ts'
import { simulateAccounts, type SimulationRequest } from '../../src/simulation/simulate-company.ts'
import {
  addMonths,
  BEGINNING,
  firstOfMonth,
  type Instant,
  instantPlusDays,
  startOfDay,
} from '../../src/core/base/time.ts'
import {
  activitiesBetween,
  simulatedHistories,
  simulatedSnapshots,
} from '../../src/simulation/studies/simulated-snapshots.ts'

const models = path.join(import.meta.dirname, '..', '..', 'models')
const read = (file: string): unknown => JSON.parse(readFileSync(path.join(models, file), 'utf8'))
const features = compileFeatures(FeatureSpecification.parse(read('features.json')))

export interface SimulatedRows {
  readonly columns: readonly FeatureColumn[]
  readonly rows: readonly TrainingRow[]
  readonly around: readonly FactsAround[]
}

/** The training rows of a simulated company, made in memory as the jobs make them from a database. */
export function simulatedRows(request: SimulationRequest): {
  readonly win: SimulatedRows
  readonly inMarket: SimulatedRows
} {
  const asOf = startOfDay(request.end)
  const worldStart = startOfDay(addMonths(firstOfMonth(request.end), -(request.months ?? 36)))
  const accounts: CohortAccount[] = []
  const histories: OpportunityHistory[] = []
  const lives = new Map<number, { tables: SimulatedTables; at: (asOf: Instant) => AccountSnapshot | undefined }>()
  for (const tables of simulateAccounts(request)) {
    const accountId = lives.size + 1
    const [first] = tables.accounts
    if (!first) continue
    lives.set(accountId, { tables, at: simulatedSnapshots(tables, worldStart) })
    accounts.push({ accountId, externalId: first.external_id, knownAt: first.known_at ?? BEGINNING })
    histories.push(...simulatedHistories(tables, accountId, asOf))
  }
  const rowsOf = (cohort: ReturnType<typeof winCohort>): SimulatedRows => {
    const described = cohort.rows.flatMap((row) => {
      const life = lives.get(row.account.accountId)
      const snapshot = life?.at(row.asOf)
      if (!life || !snapshot) return []
      const around = {
        before: activitiesBetween(life.tables, instantPlusDays(row.asOf, -90), row.asOf),
        after: activitiesBetween(life.tables, row.asOf, instantPlusDays(row.asOf, 90)),
      }
      const training = {
        id: row.account.externalId,
        asOf: row.asOf,
        openedAt: row.openedAt,
        values: readFeatures(features, snapshot),
        won: row.won,
        weight: 1,
      }
      return [{ training, around }]
    })
    return {
      columns: features.columns,
      rows: described.map(({ training }) => training),
      around: described.map(({ around }) => around),
    }
  }
  return {
    win: rowsOf(winCohort(histories, ModelSpecification.parse(read('win.json')), asOf)),
    inMarket: rowsOf(inMarketCohort(accounts, histories, ModelSpecification.parse(read('in-market.json')), asOf)),
  }
}

import type { Kysely } from 'kysely'
import {
  accountAsOf,
  type Cohort,
  type CohortAccount,
  type OpportunityHistory,
} from '../../core/training/cohorts/cohort.ts'
import { inMarketCohort } from '../../core/training/cohorts/in-market-cohort.ts'
import type { ModelSpecification } from '../../core/training/cohorts/model-specification.ts'
import { winCohort } from '../../core/training/cohorts/win-cohort.ts'
import type { Instant } from '../../core/base/time.ts'
import { listEveryAccount, listOpportunityHistories } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** The accounts and opportunities known before `asOf`, from which every cohort of a training or backtest is made. */
export interface History {
  readonly asOf: Instant
  /** With those that became part of another since they were known. */
  readonly accounts: readonly CohortAccount[]
  readonly opportunities: readonly OpportunityHistory[]
  /** The same opportunities with the first activity of a kind, for the models whose moment follows one. */
  readonly withFirstActivity: ReadonlyMap<string, readonly OpportunityHistory[]>
}

/** Reads the accounts once, and the opportunities once for all models (once per kind where moments follow several kinds). */
export async function readHistory(
  db: Kysely<Database>,
  models: readonly ModelSpecification[],
  asOf: Instant,
): Promise<History> {
  const withFirstActivity = new Map<string, readonly OpportunityHistory[]>()
  for (const kind of new Set(models.flatMap((model) => momentKind(model) ?? []))) {
    withFirstActivity.set(kind, await listOpportunityHistories(db, asOf, kind))
  }
  const [opportunities] = withFirstActivity.values()
  return {
    asOf,
    accounts: await listEveryAccount(db, asOf),
    opportunities: opportunities ?? (await listOpportunityHistories(db, asOf)),
    withFirstActivity,
  }
}

/** The examples of one model: each account or opportunity, its as-of and its outcome. */
export function cohortOf(history: History, specification: ModelSpecification): Cohort {
  const { accounts, asOf } = history
  const kind = momentKind(specification)
  const opportunities = kind === undefined ? history.opportunities : history.withFirstActivity.get(kind)
  if (!opportunities) throw new RangeError(`the history was read without the first activity of kind "${kind}"`)
  return specification.moment.kind === 'first_of_month'
    ? inMarketCohort(accounts, opportunities, specification, asOf)
    : winCohort(opportunities, specification, asOf)
}

/** The accounts that were not part of another by as-of. */
export function standingAccounts({ accounts, asOf }: History): readonly CohortAccount[] {
  return accounts.filter((account) => accountAsOf(account, asOf) === account)
}

function momentKind({ moment }: ModelSpecification): string | undefined {
  return moment.kind === 'after_activity' ? moment.activity_kind : undefined
}

import { firstsOfMonth, addMonths, firstOfMonth, type Instant, dayOf, startOfDay } from '../../base/time.ts'
import type { ModelSpecification } from './model-specification.ts'

/** An account as an object of prediction. Inside the program `accountId` joins; everything published uses `externalId`. */
export interface CohortAccount {
  readonly accountId: number
  readonly externalId: string
  readonly knownAt: Instant
  /** The accounts that it became part of, one after the other; none for almost all. */
  readonly heirs?: readonly Heir[]
}

export interface Heir {
  readonly account: CohortAccount
  /** Since when its history has included that of the account that was merged into it. */
  readonly since: Instant
}

/** The account that stands for this one as of an instant: itself, until a merge was known. */
export function accountAsOf(account: CohortAccount, asOf: Instant): CohortAccount {
  return account.heirs?.findLast(({ since }) => since < asOf)?.account ?? account
}

/** The outcome of an opportunity, by all that was known before the training as-of. */
export interface OpportunityHistory {
  readonly externalId: string
  /** The one it was filed under; `accountAsOf` says whose it was then. */
  readonly account: CohortAccount
  readonly openedAt: Instant
  /** When it was first known. */
  readonly knownAt: Instant
  readonly closedAt: Instant | null
  /** When its close was first known. */
  readonly closeKnownAt: Instant | null
  readonly outcome: 'won' | 'lost' | 'open'
  readonly type: string | null
  readonly leadSource: string | null
  /** For a moment that follows an activity: the first one of that kind at or after opening. */
  readonly firstActivityAt: Instant | null
  /** When the account was first lost as a customer after the close. */
  readonly churnedAt: Instant | null
}

/** One example to be described as of its moment. */
export interface CohortRow {
  readonly account: CohortAccount
  readonly asOf: Instant
  /** The instant from which the label window runs: the opening, or as-of for an account-month. */
  readonly openedAt: Instant
  readonly won: boolean
  /** The opportunity behind a win row. */
  readonly opportunity: string | null
}

/** Why an opportunity or account-month is excluded. */
export type Exclusion =
  | 'lived_too_short'
  | 'type_does_not_count'
  | 'lead_source_does_not_count'
  | 'label_not_mature'
  | 'before_history'
  | 'account_not_known_yet'
  | 'account_merged_away'
  | 'had_open_opportunity'
  | 'closed_before_moment'
  | 'no_such_activity'
  | 'still_open'

export type ExclusionCounts = Partial<Record<Exclusion, number>>

/** The examples, and how many were left out for each reason. Nothing is left out without being counted. */
export interface Cohort {
  readonly rows: readonly CohortRow[]
  readonly excluded: Readonly<ExclusionCounts>
}

/** The first-of-month instants an in-market example may be described at, within the specification's history. */
export function trainingMonths(specification: ModelSpecification, start: Instant, trainingAsOf: Instant): Instant[] {
  const earliest = historyStart(specification, trainingAsOf)
  return firstsOfMonth(earliest > start ? earliest : start, trainingAsOf)
}

export function historyStart(specification: ModelSpecification, trainingAsOf: Instant): Instant {
  return startOfDay(addMonths(firstOfMonth(dayOf(trainingAsOf)), -specification.training.history_months))
}

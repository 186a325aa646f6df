import type { Instant } from '../../base/time.ts'
import type { FeatureColumn } from '../../features/types.ts'
import type { TableFigures } from './figures.ts'
import type { Influence } from './influences.ts'
import type { TableLeak } from './columns/leaks.ts'
import type { OutcomeColumns } from './columns/outcome.ts'
import type { ColumnProfile } from './columns/profile.ts'
import type { Roles } from './columns/roles.ts'

/** How a table was read: which rows count, and what its columns are. */
export interface Understood {
  readonly rows: number
  /** Of the distinct rows with an outcome. */
  readonly won: number
  readonly lost: number
  readonly open: number
  /** Exact copies of another row, set aside. */
  readonly copies: number
  readonly outcome: OutcomeColumns
  readonly roles: Roles
  /** All but those of the outcome, over the rows that are fitted. */
  readonly columns: readonly ColumnProfile[]
  /** Rows that the fit takes, where it does not take all. */
  readonly sampledTo: number | null
}

export interface TooFew extends Understood {
  readonly kind: 'too_few'
  readonly needed: number
}

/** The user has to say something first, or nothing can be learned: the message says what. */
export interface Refused {
  readonly kind: 'refused'
  readonly message: string
}

export interface Tested {
  readonly method: 'forward' | 'repeated'
  /** Forward: where each test period begins. */
  readonly splits: readonly Instant[]
  readonly repeats: number
  readonly folds: number
  /** Why not forward in time. */
  readonly reason: string | null
}

export interface Tried extends Understood {
  readonly kind: 'tried'
  readonly tested: Tested
  /** Rows without a date, left out of a test in time. */
  readonly undated: number
  readonly features: readonly Pick<FeatureColumn, 'name' | 'kind' | 'transform'>[]
  readonly leaks: readonly TableLeak[]
  /** What the AUC would have been with the leaks as features; null without leaks. */
  readonly aucWithLeaks: number | null
  readonly figures: TableFigures
  readonly influences: readonly Influence[]
  readonly advice: readonly string[]
}

export type Answer = Tried | TooFew | Refused

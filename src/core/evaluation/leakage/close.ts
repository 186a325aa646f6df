import { exclude, type LeakageFinding } from './finding.ts'
import { percent } from '../../base/percent.ts'
import { NOISE } from './separation.ts'
import { shareError } from './statistics.ts'

export interface Share {
  readonly count: number
  readonly of: number
}

/** How a field of the accounts behaves around the close of their opportunities, and on whom it is filled. */
export interface FieldHistory {
  readonly field: string
  /** Features that read it. */
  readonly columns: readonly string[]
  /** Closes around which the value changed: before against shortly after, by outcome. */
  readonly changedWhenWon: Share
  readonly changedWhenLost: Share
  /** The same accounts over as long a span well before the close. */
  readonly changedOtherwise: Share
  /** Accounts with a closed opportunity that have a value, and all others. */
  readonly filledClosed: Share
  readonly filledOthers: Share
  /** Share of the values that came without a date, and so count as known all along. */
  readonly backfilled: number
}

const LEAST_CLOSES = 20
/** Changes at close beyond those at other times. Clean fields: 0.02. */
const CHANGE_BOUND = 0.1
/** Difference in the share filled; 0.02 in clean data. */
const FILL_BOUND = { critical: 0.6, warning: 0.3 }
/** From this share of undated values on, a value set at close counts before it. */
const BACKFILLED = 0.05

/** Fields that are set when a deal closes. */
export function findCloseMarks(fields: readonly FieldHistory[]): readonly LeakageFinding[] {
  return fields.flatMap((field) =>
    [changeFinding(field), fillFinding(field)].flatMap((finding) =>
      finding ? field.columns.map((column) => ({ ...finding, column, remedy: exclude(column) })) : [],
    ),
  )
}

type Anonymous = Omit<LeakageFinding, 'column' | 'remedy'>

function changeFinding(field: FieldHistory): Anonymous | null {
  const otherwise = rateOf(field.changedOtherwise)
  const excess = (changed: Share) =>
    changed.of < LEAST_CLOSES ? -1 : rateOf(changed) - otherwise - NOISE * errorOf(changed, field.changedOtherwise)
  if (Math.max(excess(field.changedWhenWon), excess(field.changedWhenLost)) <= CHANGE_BOUND) return null
  const [won, lost] = [rateOf(field.changedWhenWon), rateOf(field.changedWhenLost)]
  const undated = field.backfilled >= BACKFILLED
  const consequence = undated
    ? `${percent(field.backfilled)} of its values came without a date, so a value set at close also counts before it.`
    : 'Its history is dated, so earlier rows read the earlier value; imported without dates it would leak the outcome.'
  return {
    kind: 'changed_at_close',
    severity: undated ? 'critical' : 'warning',
    evidence: `${field.field} changed around ${percent(won)} of the wins and ${percent(lost)} of the losses, at other times in ${percent(otherwise)} of cases: the field is set when a deal closes. ${consequence}`,
    figures: {
      changed_when_won: won,
      changed_when_lost: lost,
      changed_otherwise: otherwise,
      backfilled_share: field.backfilled,
      bound: CHANGE_BOUND,
    },
  }
}

function fillFinding(field: FieldHistory): Anonymous | null {
  const { filledClosed, filledOthers } = field
  if (filledClosed.of < LEAST_CLOSES || filledOthers.of < LEAST_CLOSES) return null
  const [closed, others] = [rateOf(filledClosed), rateOf(filledOthers)]
  const low = closed - others - NOISE * errorOf(filledClosed, filledOthers)
  const severity = low > FILL_BOUND.critical ? 'critical' : low > FILL_BOUND.warning ? 'warning' : null
  if (!severity) return null
  return {
    kind: 'filled_only_when_closed',
    severity,
    evidence: `${field.field} is filled for ${percent(closed)} of the accounts with a closed deal and ${percent(others)} of the others: whether it is filled shows that the outcome is known.`,
    figures: { filled_when_closed: closed, filled_otherwise: others, bound: FILL_BOUND[severity] },
  }
}

function rateOf({ count, of }: Share): number {
  return of === 0 ? 0 : count / of
}

function errorOf(one: Share, other: Share): number {
  return shareError(rateOf(one), one.of, rateOf(other), other.of)
}

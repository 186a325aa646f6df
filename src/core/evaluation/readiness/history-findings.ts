import { counted } from '../../base/counted.ts'
import { addDays, dayNumber, dayOf, type Instant, type IsoDate } from '../../base/time.ts'
import type { ModelData } from './model-readiness.ts'
import type { ReadinessFinding } from './report.ts'

/** Longer than the pause between two exports: the label window of the in-market model. */
const OLD_AFTER_DAYS = 90

/** Facts that end long before as-of: later months look as if nothing had happened, and old deals fall out of the history. */
export function historyFindings(
  newestOn: IsoDate | null,
  models: readonly ModelData[],
  asOf: Instant,
): readonly ReadinessFinding[] {
  const days = newestOn === null ? 0 : dayNumber(dayOf(asOf)) - dayNumber(newestOn)
  if (newestOn === null || days <= OLD_AFTER_DAYS) return []
  const lost = models.map(({ specification, excluded }) => ({
    months: specification.training.history_months,
    deals: excluded.before_history ?? 0,
  }))
  const most = lost.reduce((one, other) => (other.deals > one.deals ? other : one), { months: 0, deals: 0 })
  const before =
    most.deals > 0
      ? `${counted(most.deals, 'deal lies', 'deals lie')} before the ${most.months} months of history, and `
      : ''
  const sentence = `The newest fact is of ${newestOn}, ${counted(days, 'day')} before as-of: ${before}later months count as months without any activity. For an old export give --as-of ${addDays(newestOn, 1)}.`
  const about = { model: null, subject: null, severity: 'warning' } as const
  return [{ ...about, name: 'old_history', figure: days, limit: OLD_AFTER_DAYS, sentence }]
}

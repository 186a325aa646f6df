import type { ColumnProfile } from './columns/profile.ts'
import type { Roles } from './columns/roles.ts'
import type { TableLeak } from './columns/leaks.ts'
import type { TableFigures } from './figures.ts'
import type { TestPlan } from './split.ts'

const FEW_OF_EACH = 200
const WIDE = 0.08
const MOSTLY_EMPTY = 0.5

export interface AdviceInput {
  readonly won: number
  readonly lost: number
  readonly roles: Roles
  readonly plan: TestPlan
  readonly leaks: readonly TableLeak[]
  readonly figures: TableFigures
  readonly features: readonly ColumnProfile[]
}

/** What would make the next answer better, the most useful first. */
export function adviceOf({ won, lost, roles, plan, leaks, figures, features }: AdviceInput): readonly string[] {
  const advice: string[] = []
  const { low, high } = figures.auc
  if (plan.kind === 'repeated' && !roles.date)
    advice.push('The date on which each row was created: then the newest rows are the test, as in use.')
  if (Math.min(won, lost) < FEW_OF_EACH || high - low > 2 * WIDE)
    advice.push(
      `More closed rows: with four times as many the interval of the AUC is half as wide (now ${low.toFixed(2)} to ${high.toFixed(2)}).`,
    )
  const left = leaks.filter(({ isLeftOut }) => isLeftOut).map(({ column }) => column)
  if (left.length > 0)
    advice.push(
      `The values of ${left.slice(0, 3).join(', ')} as they were when each row was created, from the field history of the CRM, if they existed then.`,
    )
  const empty = features.filter(({ filled, cells }) => filled < MOSTLY_EMPTY * cells.length).map(({ name }) => name)
  if (empty.length > 0) advice.push(`Values for ${empty.slice(0, 3).join(', ')}: empty in more than half of the rows.`)
  if (!roles.points)
    advice.push('Your own points as they were at that time, to compare them with the model (--points COLUMN).')
  advice.push(
    'Activities of the buyers with their dates (visits, forms, e-mails, meetings): a table has none, and they tell when an account will buy. `winrate import` takes them: docs/import.md.',
  )
  return advice
}

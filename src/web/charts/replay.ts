import type { PolicyReplay } from '../../core/evaluation/policy/policy-replay-report.ts'
import { count } from '../format.ts'
import { curvesPlot, type Series } from './curves.ts'
import { COLOURS, type Figure } from './figure.ts'

/** Listed accounts that later won, cumulative by month of listing. */
export function replayFigure({ months, rule, model }: PolicyReplay): Figure {
  const running = (wonOf: (month: PolicyReplay['months'][number]) => number) => {
    let sum = 0
    return months.map((month) => {
      sum += wonOf(month)
      return { x: Date.parse(month.month), y: sum }
    })
  }
  const byModel: Series = {
    key: { label: "The model's list", colour: COLOURS.model },
    points: running((month) => month.model_won),
    band: false,
  }
  const byRule: Series = {
    key: { label: "The rule's list (as long)", colour: COLOURS.mql_points, dash: [7, 3] },
    points: running((month) => month.rule_won),
    band: false,
  }
  const series = rule ? [byRule, byModel] : [byModel]
  const highest = Math.max(1, ...series.flatMap(({ points }) => points.map(({ y }) => y)))
  const dates = byModel.points.map(({ x }) => x)
  const ruled = rule ? ` and ${count(rule.won)} of the rule's list` : ''
  return {
    id: 'replay',
    title: 'Listed accounts that later won, cumulative',
    description: `Over ${months.length} months, ${count(model.won)} of the accounts that the model listed later won${ruled}, cumulative by month of listing.`,
    keys: series.toReversed().map(({ key }) => key),
    plot: curvesPlot({
      series,
      xTitle: 'Month of listing',
      yTitle: 'Later won, cumulative',
      xDomain: [dates[0] ?? 0, dates.at(-1) ?? 1],
      yDomain: [0, Math.ceil(highest / 5) * 5],
      isTime: true,
    }),
  }
}

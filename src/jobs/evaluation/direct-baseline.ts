import { planBacktest } from '../../core/evaluation/backtest/run-backtest.ts'
import type { Champion } from '../../core/evaluation/backtest/scorers/champion-scorer.ts'
import { isWon, type ReplayDeal, type ReplayRow } from '../../core/evaluation/policy/policy-replay-listing.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import type { BacktestData, BacktestOptions } from '../../core/evaluation/backtest/types.ts'
import { applyModel, compileModel } from '../../core/training/logistic/logistic-model.ts'
import { instantPlusDays } from '../../core/base/time.ts'
import { proveFolds } from './fold-pool.ts'
import type { Progress } from '../training/snapshot-pass.ts'

export interface QualifiedInput {
  /** The account-months of the in-market model. */
  readonly data: BacktestData
  /** One for each of them, in the same order: in-market x win. */
  readonly scored: readonly ReplayRow[]
  readonly deals: readonly ReplayDeal[]
  readonly openWithinDays: number
  readonly wonWithinDays: number
  readonly champion: Champion | null
}

/**
 * The product of the two models beside one model that learns at once what the product says: that an opportunity opens
 * within its window *and* is won within its own, on account-months. Two folds are enough, for this is a comparison and
 * no condition of the verdict, and its labels take nine months.
 */
export async function compareDirect(
  { data, scored, deals, openWithinDays, wonWithinDays, champion }: QualifiedInput,
  options: Pick<BacktestOptions, 'seed' | 'replicates' | 'training' | 'capacity'>,
  progress: Progress,
): Promise<BacktestReport> {
  const wins = Map.groupBy(
    deals.filter((deal) => isWon(deal, { wonWithinDays })),
    (deal) => deal.id,
  )
  const rows = data.rows.map((row) => {
    const end = instantPlusDays(row.asOf, openWithinDays)
    const won = (wins.get(row.id) ?? []).some(({ openedAt }) => openedAt >= row.asOf && openedAt < end)
    return { ...row, won, maturesAt: instantPlusDays(row.asOf, openWithinDays + wonWithinDays) }
  })
  const qualified: BacktestData = {
    ...data,
    model: 'qualified',
    rows,
    labelWindowDays: openWithinDays + wonWithinDays,
  }
  const product = scored.flatMap(({ probability }, index) => {
    const row = data.rows[index]
    return probability === null || !row ? [] : [[row.key, probability] as const]
  })
  const said = champion && championProduct(champion, data)
  const asked: BacktestOptions = {
    ...options,
    minFolds: 2,
    scorers: ['direct', 'champion', 'mql_points'],
    given: { model: Object.fromEntries(product), ...(said ? { champion: said } : {}) },
    ...(champion && !said ? { champion: { unavailable: whyNot(champion) } } : {}),
    training: { ...options.training, foldCount: 3 },
    penaltySensitivity: false,
  }
  const planned = planBacktest(qualified, asked)
  if (planned.kind === 'refused') return planned.report
  const told: Progress = (step, done, total) => progress(`direct ${step}`, done, total)
  const { report } = await proveFolds(planned.data, asked, planned.tasks, told)
  return report
}

/** What the champion's two models say together of rows that are fair to it, by row key; null when they cannot. */
function championProduct({ asOf, scorers }: Champion, data: BacktestData): Readonly<Record<string, number>> | null {
  const fair = data.rows.filter((row) => row.asOf >= asOf)
  const models = [scorers.get('in_market'), scorers.get('win')].map((scorer) => {
    if (!scorer || 'unavailable' in scorer) return null
    const places = scorer.model.encoder.features.map(({ name }) =>
      data.columns.findIndex((column) => column.name === name),
    )
    return places.includes(-1) ? null : { compiled: compileModel(scorer.model), places }
  })
  const [inMarket, win] = models
  if (!inMarket || !win || fair.length === 0) return null
  const probability = ({ compiled, places }: typeof inMarket, row: BacktestData['rows'][number]) =>
    applyModel(
      compiled,
      places.map((place) => row.values[place] ?? null),
    ).probability
  return Object.fromEntries(fair.map((row) => [row.key, probability(inMarket, row) * probability(win, row)]))
}

function whyNot({ version, asOf, scorers }: Champion): string {
  for (const name of ['in_market', 'win'] as const) {
    const scorer = scorers.get(name)
    if (!scorer) return `the champion ${version} has no ${name.replace('_', '-')} model`
    if ('unavailable' in scorer) return scorer.unavailable
  }
  return `the champion ${version} learned from everything before ${asOf.slice(0, 10)}, or reads a feature of contacts or companies that the in-market model does not have: no row can be compared`
}

import { loadConfig, withTrainingTimeout } from '../../../src/config.ts'
import { HAZARD_DEFAULTS, type HazardOptions } from '../../../src/simulation/hazard/world.ts'
import { withOwnDatabase } from '../../../src/store/database/scratch-database.ts'
import { progressLines } from '../../cli.ts'
import { keptResults } from './kept-results.ts'
import { type LevelFigures, measureLevels } from './measure.ts'

export interface LevelStudy {
  readonly companies: number
  readonly seed: number
  readonly accounts: number
  readonly outboundShare: number
  readonly outboundOdds: number
  readonly newestYearOdds: number
  readonly results?: string
}

/** True over stated probabilities of companies that share no code with the simulator: means over companies, with their errors. */
export async function studyLevels({ companies, seed, results, ...process }: LevelStudy): Promise<void> {
  const kept = keptResults(results)
  const tasks = Array.from({ length: companies }, (_, index): HazardOptions => {
    return { ...HAZARD_DEFAULTS, ...process, seed: `${seed}-${index}` }
  })
  const figures: LevelFigures[] = []
  const config = withTrainingTimeout(loadConfig(globalThis.process.env).database)
  const progress = progressLines('companies')
  for (const [index, task] of tasks.entries()) {
    progress('study', index, tasks.length)
    const known = kept.find(task)
    const found = known ?? (await withOwnDatabase(config, 'winrate_study_levels', (own) => measureLevels(own, task)))
    if (!known) await kept.keep(task, found)
    figures.push(found)
  }
  progress('study', tasks.length, tasks.length)
  console.log(linesOf(figures).join('\n'))
}

function linesOf(figures: readonly LevelFigures[]): readonly string[] {
  const line = (name: string, value: (company: LevelFigures) => number, digits = 3) => {
    const { mean, error } = meanOf(figures.map(value))
    return `${name.padEnd(46)}${mean.toFixed(digits)}${error === null ? '' : ` ± ${error.toFixed(digits)}`}`
  }
  return [
    `${figures.length} companies; mean of a company ± standard error over companies. True over stated, 1 is right:`,
    line('  win', ({ win }) => win),
    line('  in-market', ({ in_market: inMarket }) => inMarket),
    line('  qualified', ({ qualified }) => qualified),
    ...[0, 1, 2, 3, 4].map((fifth) =>
      line(
        `  qualified, fifth ${fifth + 1} by stated probability`,
        (one) => one.qualified_by_fifth[fifth] ?? Number.NaN,
      ),
    ),
    line('share of 90% win intervals that hold the truth', ({ win_interval_holds: holds }) => holds),
    line('mean width of those intervals', ({ win_interval_width: width }) => width),
    line('wins in the best 5%, of what the truth allows', ({ found_in_best_5_percent: found }) => found),
    line('closed opportunities', ({ closed }) => closed, 0),
  ]
}

/** The error is null for a single value. */
function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number | null } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  if (values.length < 2) return { mean, error: null }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, error: Math.sqrt(variance / values.length) }
}

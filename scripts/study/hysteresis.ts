import path from 'node:path'
import { compileFeatures } from '../../src/core/features/compile.ts'
import { Policy, rulesOf } from '../../src/core/qualification/policy.ts'
import {
  type ListFigures,
  listByPolicy,
  listByThreshold,
  scoreYear,
} from '../../src/simulation/studies/hysteresis-study.ts'
import { AppError } from '../../src/errors.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { percent } from '../../src/core/base/percent.ts'

const MODELS = path.join(import.meta.dirname, '../../models')

interface Options {
  readonly companies: number
  readonly seed: number
  readonly accounts: number
  readonly share: number
  /** Also many other policies. */
  readonly grid?: boolean
}

/** Entries and exits of a list with an exit threshold, a minimum dwell and a cool-down, compared with one threshold, and the cost in wins. */
export function studyHysteresis({ companies, seed, accounts, share, grid }: Options): void {
  const { features, models } = loadSpecification(MODELS)
  const [inMarket, win] = ['in_market', 'win'].map((name) => models.find(({ model }) => model === name))
  if (!inMarket || !win) throw new AppError('SpecificationInvalid', 'the study needs in-market.json and win.json')
  const featureSet = compileFeatures(features)
  const inUse = loadPolicy()
  const [rules] = rulesOf(inUse, null)
  if (!rules) throw new AppError('SpecificationInvalid', 'the policy has no motion')
  for (let company = 0; company < companies; company += 1) {
    const name = `${seed} ${company}`
    const year = refusing(() => scoreYear({ seed: name, accounts, share }, { featureSet, inMarket, win }, inUse))
    const single = listByThreshold(year, year.threshold)
    const compare = (exit: number, dwell: number, coolDown: number) =>
      print(
        `exit ${exit} dwell ${dwell} cool-down ${coolDown}`,
        listByPolicy(year, policyOf(year.threshold, exit, dwell, coolDown)),
        single,
      )
    console.log(`company ${name}: threshold ${year.threshold.toFixed(4)}, ${year.won.length} deals won`)
    print('one threshold', single, single)
    compare(Number((rules.exit / rules.enter).toFixed(6)), rules.dwellDays, rules.coolDownDays)
    if (grid)
      for (const exit of EXITS)
        for (const dwell of DWELLS) for (const coolDown of COOL_DOWNS) compare(exit, dwell, coolDown)
  }
}

/** A company too small to learn from is the option's fault, and no stack. */
function refusing<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new AppError('OptionInvalid', `--accounts: ${error.message}`, { cause: error })
  }
}

const EXITS = [1, 0.9, 0.8, 0.7, 0.6]
const DWELLS = [0, 7, 14]
const COOL_DOWNS = [0, 14, 30]

function policyOf(enter: number, exitShare: number, dwellDays: number, coolDownDays: number): Policy {
  return Policy.parse({
    qualified_probability: { enter, exit: enter * exitShare },
    dwell_days: dwellDays,
    cool_down_days: coolDownDays,
    holdout: { share: 0 },
  })
}

function print(name: string, figures: ListFigures, single: ListFigures): void {
  const change = (value: number, of: number) => `${value >= of ? '+' : ''}${percent(value / of - 1)}`
  console.log(
    `  ${name.padEnd(32)} size ${figures.meanSize.toFixed(1)} (${change(figures.meanSize, single.meanSize)}), entries ` +
      `${figures.entries}, re-entries within 30 days ${figures.reentries} (${change(figures.reentries, single.reentries)}), won ` +
      `caught ${percent(figures.caughtAtOpening)} at opening, ${percent(figures.caughtWithin90Days)} within 90 days, shortest ` +
      `stay ${figures.shortestStay}`,
  )
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { tooManyRejected } from '../../../src/core/facts/import/too-many-rejected.ts'
import type { ImportKind } from '../../../src/core/facts/import/kinds.ts'
import type { PublishedScore } from '../../../src/core/scoring/published-score.ts'
import { prepareArtifact, type Specification } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { startOfDay, type IsoDate } from '../../../src/core/base/time.ts'
import { AppError } from '../../../src/errors.ts'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { loadPolicy } from '../../../src/jobs/models/load-policy.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { readScores } from '../../../src/jobs/scoring/score.ts'
import { learn } from '../../../src/jobs/training/train.ts'
import { describeFailure } from '../../../src/jobs/training/training-failure.ts'
import { drawHazardCompany, type HazardCompany } from '../../../src/simulation/hazard/company.ts'
import { exportHazardCompany } from '../../../src/simulation/hazard/files.ts'
import { type HazardTruth, truthOf } from '../../../src/simulation/hazard/truth.ts'
import type { HazardOptions } from '../../../src/simulation/hazard/world.ts'
import type { OpenDatabase } from '../../../src/store/database/database.ts'

/** How far the stated probabilities of one company lie from the true ones. A ratio is true over stated; 1 is right. */
export interface LevelFigures {
  readonly seed: string
  /** Opportunities with an outcome. */
  readonly closed: number
  readonly accounts: number
  readonly win: number
  readonly in_market: number
  readonly qualified: number
  /** Of accounts ordered by the stated qualified probability, from the lowest fifth to the highest. */
  readonly qualified_by_fifth: readonly number[]
  /** Share of accounts whose true win probability lies in its 90% interval. */
  readonly win_interval_holds: number
  /** Mean width of that interval. */
  readonly win_interval_width: number
  /** True qualified outcomes among the 5% with the highest stated probability, over what the truth's own 5% hold. */
  readonly found_in_best_5_percent: number
}

const KINDS: readonly ImportKind[] = ['accounts', 'activities', 'opportunities']
const CONTINUATIONS = 200
const MODELS = path.join(import.meta.dirname, '../../../models')

/** Draws a company, imports its export into an empty database and compares the scores of all free accounts with the truth. */
export async function measureLevels(database: OpenDatabase, options: HazardOptions): Promise<LevelFigures> {
  const company = drawHazardCompany(options)
  await importCompany(database.pool, company)
  return await compareLevels(database.db, company, loadSpecification(MODELS))
}

/** Learns from an imported company, storing nothing, and compares what the models state with the truth. */
export async function compareLevels(
  db: OpenDatabase['db'],
  company: HazardCompany,
  specification: Specification,
): Promise<LevelFigures> {
  const { options } = company.world
  const asOf = startOfDay(options.end as IsoDate)
  const outcome = await learn(db, specification, asOf)
  if (outcome.kind === 'refused')
    throw new AppError('TrainingRefused', `company ${options.seed}: ${describeFailure(outcome)}`)
  const model = prepareArtifact(outcome.artifact, outcome.version)
  const { scored } = await readScores(db, model, loadPolicy(), asOf)
  const scores = new Map(scored.map(({ score }) => [score.account_external_id, score]))
  const free = company.accounts.flatMap((account) => {
    const score = scores.get(account.id)
    if (account.state.hasOpen || !score) return []
    return [{ stated: statedOf(score), truth: truthOf(company.world, account, CONTINUATIONS) }]
  })
  const end = Date.parse(`${options.end}T00:00:00Z`) / 86_400_000
  const closed = company.accounts.flatMap(({ opportunities }) => opportunities).filter(({ closedAt }) => closedAt < end)
  return { seed: options.seed, closed: closed.length, accounts: free.length, ...compared(free) }
}

export async function importCompany(pool: Pool, company: HazardCompany): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-study-'))
  try {
    for (const [name, text] of exportHazardCompany(company)) await writeFile(path.join(folder, name), text)
    for (const kind of KINDS) {
      const { counts } = await importFiles(pool, { kind, files: [path.join(folder, `${kind}.csv`)] })
      if (counts.rejected > 0 || tooManyRejected(counts))
        throw new AppError('ImportRefused', `${kind}: ${counts.rejected} of ${counts.read} rows were rejected`)
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Stated {
  readonly inMarket: number
  readonly win: number
  readonly qualified: number
  readonly winLow: number
  readonly winHigh: number
}

interface Compared {
  readonly stated: Stated
  readonly truth: HazardTruth
}

function statedOf(score: PublishedScore): Stated {
  const { in_market_probability: inMarket, win_probability: win, qualified_probability: qualified } = score
  if (inMarket === null || win === null || qualified === null || score.win_interval === null)
    throw new RangeError(`account ${score.account_external_id} has no open opportunity and no probability`)
  return { inMarket, win, qualified, winLow: score.win_interval.low, winHigh: score.win_interval.high }
}

function compared(accounts: readonly Compared[]): Omit<LevelFigures, 'seed' | 'closed' | 'accounts'> {
  const trueWin = ({ truth }: Compared) => truth.opensAndIsWon / truth.opens
  const byStated = accounts.toSorted((a, b) => a.stated.qualified - b.stated.qualified)
  const byTruth = accounts.toSorted((a, b) => a.truth.opensAndIsWon - b.truth.opensAndIsWon)
  const fifth = (index: number) =>
    byStated.slice(Math.floor((index * byStated.length) / 5), Math.floor(((index + 1) * byStated.length) / 5))
  const qualified = (some: readonly Compared[]) =>
    ratio(
      some,
      ({ truth }) => truth.opensAndIsWon,
      ({ stated }) => stated.qualified,
    )
  const best = Math.round(0.05 * accounts.length)
  const wins = (some: readonly Compared[]) => sumOf(some.slice(-best), ({ truth }) => truth.opensAndIsWon)
  return {
    win: ratio(accounts, trueWin, ({ stated }) => stated.win),
    in_market: ratio(
      accounts,
      ({ truth }) => truth.opens,
      ({ stated }) => stated.inMarket,
    ),
    qualified: qualified(accounts),
    qualified_by_fifth: [0, 1, 2, 3, 4].map((index) => qualified(fifth(index))),
    win_interval_holds:
      sumOf(accounts, (one) => (one.stated.winLow <= trueWin(one) && trueWin(one) <= one.stated.winHigh ? 1 : 0)) /
      accounts.length,
    win_interval_width: sumOf(accounts, ({ stated }) => stated.winHigh - stated.winLow) / accounts.length,
    found_in_best_5_percent: wins(byStated) / wins(byTruth),
  }
}

function ratio(
  accounts: readonly Compared[],
  above: (one: Compared) => number,
  below: (one: Compared) => number,
): number {
  return sumOf(accounts, above) / sumOf(accounts, below)
}

function sumOf(accounts: readonly Compared[], value: (one: Compared) => number): number {
  return accounts.reduce((sum, one) => sum + value(one), 0)
}

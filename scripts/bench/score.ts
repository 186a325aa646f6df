import { scoreAccounts } from '../../src/jobs/scoring/score.ts'
import { listSnapshots } from '../../src/store/features/account-snapshots.ts'
import { listCohortAccounts } from '../../src/store/features/opportunity-histories.ts'
import { type BenchContext, type Benchmark, interleaved, quantile, type Result, secondsOf } from './benchmark.ts'
import { AS_OF } from './company.ts'

const SINGLES = { smoke: 10, small: 50, full: 500 } as const
const BATCH = 1000
const ROUNDS = 5
const WARM_UP = 20

export const scoreBenchmark: Benchmark = {
  name: 'score',
  title: 'Scoring accounts, beside reading what the score is made of',
  run: async (context: BenchContext): Promise<Result> => {
    const company = await context.company()
    const { db } = company.database
    context.progress('training')
    const model = await company.champion()
    const ids = (await listCohortAccounts(db, AS_OF)).map((account) => account.accountId)
    const read = (some: readonly number[]) =>
      listSnapshots(
        db,
        some.map((accountId) => ({ accountId, asOf: AS_OF })),
        model.featureSet.lookback,
      )
    const single = { score: [] as number[], read: [] as number[] }
    for (let index = 0; index < WARM_UP + SINGLES[context.size]; index += 1) {
      const one = [ids[index % ids.length] ?? 0]
      const scoreMs = 1000 * (await secondsOf(() => scoreAccounts(db, model, one, AS_OF)))
      const readMs = 1000 * (await secondsOf(() => read(one)))
      if (index < WARM_UP) continue
      single.score.push(scoreMs)
      single.read.push(readMs)
    }
    const batch = ids.slice(0, BATCH)
    const seconds = await interleaved(ROUNDS, {
      score: () => secondsOf(() => scoreAccounts(db, model, batch, AS_OF)),
      read: () => secondsOf(() => read(batch)),
    })
    const besideReading = (name: string, value: number, readMs: number) => {
      return { name, value, unit: 'ms', reference: { name: 'reading alone', value: readMs } }
    }
    return {
      figures: [
        besideReading('one account, median', quantile(single.score, 0.5), quantile(single.read, 0.5)),
        besideReading('one account, 99% below', quantile(single.score, 0.99), quantile(single.read, 0.99)),
        besideReading(`${batch.length} accounts at once`, 1000 * seconds.score, 1000 * seconds.read),
      ],
      notes: [
        `Medians of ${SINGLES[context.size]} single accounts and of ${ROUNDS} batches. An account with an open opportunity is read twice: as of now and as of its opening.`,
      ],
    }
  },
}

import { compileFeatures } from '../../src/core/features/compile.ts'
import { instantPlusDays } from '../../src/core/base/time.ts'
import path from 'node:path'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { readSnapshots } from '../../src/store/features/account-snapshots.ts'
import type { SnapshotRequest } from '../../src/store/features/snapshot-statement.ts'
import { listCohortAccounts } from '../../src/store/features/opportunity-histories.ts'
import { type BenchContext, type Benchmark, interleaved, type Result, secondsOf } from './benchmark.ts'
import { AS_OF } from './company.ts'

const PAIRS = { smoke: 200, small: 2000, full: 20_000 } as const
const ROUNDS = 5
const MODELS = path.resolve(import.meta.dirname, '../../models')
const DAYS_BETWEEN = 30
const COUNT = `
  select count(*) as count
  from unnest($1::bigint[], $2::timestamptz[]) as p (account_id, as_of)
  join activity a on a.account_id = p.account_id and a.occurred_at < p.as_of
    and a.occurred_at >= p.as_of - make_interval(days => $3::integer)`

export const snapshotBenchmark: Benchmark = {
  name: 'snapshot',
  title: 'The point-in-time query, beside a bare count of the activities that it reads',
  run: async (context: BenchContext): Promise<Result> => {
    const { database } = await context.company()
    const { lookback } = compileFeatures(loadSpecification(MODELS).features)
    const requests = await listPairs(database.db, PAIRS[context.size])
    let activities = 0
    const seconds = await interleaved(ROUNDS, {
      snapshot: () =>
        secondsOf(async () => {
          for await (const snapshots of readSnapshots(database.db, requests, lookback)) void snapshots
        }),
      count: () =>
        secondsOf(async () => {
          const { rows } = await database.pool.query<{ count: number }>(COUNT, [
            requests.map((request) => request.accountId),
            requests.map((request) => request.asOf),
            lookback.activityDays,
          ])
          activities = rows[0]?.count ?? 0
        }),
    })
    const figure = {
      name: 'pairs of account and as-of',
      value: requests.length / seconds.snapshot,
      unit: 'pairs/s',
      reference: { name: 'count(*) of the activities join', value: requests.length / seconds.count },
    }
    return {
      figures: [figure],
      notes: [
        `${requests.length.toLocaleString('en-US')} pairs with ${activities.toLocaleString('en-US')} activities in their windows of ${lookback.activityDays} days, medians of ${ROUNDS}. The snapshot also reads versions, people, signals, events and opportunities, and brings all of it into the process.`,
      ],
    }
  },
}

/** Accounts in turn, and for each round of them another as-of. */
async function listPairs(
  db: Parameters<typeof listCohortAccounts>[0],
  count: number,
): Promise<readonly SnapshotRequest[]> {
  const accounts = await listCohortAccounts(db, AS_OF)
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / accounts.length)
    return {
      accountId: accounts[index % accounts.length]?.accountId ?? 0,
      asOf: instantPlusDays(AS_OF, -DAYS_BETWEEN * round),
    }
  })
}

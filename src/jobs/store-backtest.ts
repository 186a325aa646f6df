import type { Kysely } from 'kysely'
import type { BacktestResult } from '../core/backtest/result.ts'
import { insertBacktest } from '../store/backtests.ts'
import type { Database } from '../store/schema.ts'
import { storeVersionPolicy } from '../store/version-policies.ts'

/**
 * Keeps a proof, its page, and the policy it chose for its version: all three or none. One that could choose no policy
 * takes back that of the backtest before: the newest word on a version is the only one.
 */
export async function storeBacktest(db: Kysely<Database>, result: BacktestResult, page: string | null): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await insertBacktest(transaction, result.version, result, page)
    await storeVersionPolicy(transaction, result.version, result.policy?.policy ?? null)
  })
}

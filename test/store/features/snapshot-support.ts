import type { Lookback } from '../../../src/core/features/compile.ts'
import type { AccountSnapshot } from '../../../src/core/features/snapshot.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import type { TestDatabase } from '../../support/server/database.ts'
import { addAccount, at } from '../../support/facts.ts'

export const LOOKBACK: Lookback = {
  activityDays: 90,
  intentDays: 90,
  businessEventDays: 90,
  customerEventDays: 90,
  latestKinds: true,
  sourcePrecedence: [],
}

export async function snapshotOf(
  db: TestDatabase['db'],
  accountId: number,
  asOf: Instant,
  lookback = LOOKBACK,
): Promise<AccountSnapshot> {
  const [snapshot] = await listSnapshots(db, [{ accountId, asOf }], lookback)
  if (!snapshot) throw new Error('not known')
  return snapshot
}

export const acme = (db: TestDatabase['db'], knownAt = at('2024-01-01')) => addAccount(db, 'acme', knownAt)

export const AS_OF = at('2024-10-01T12:00:00')
export const BEFORE = at('2024-10-01T11:59:59.999999')
export const EARLY = at('2024-09-20')

import type { Kysely } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import type { Database } from '../database/tables/schema.ts'
import { readSnapshots, type SnapshotRequest } from './account-snapshots.ts'

/**
 * Each request with its snapshot, in the order of the requests; undefined where the account was not known before as-of.
 * A request may carry whatever the caller needs beside the snapshot.
 */
export async function* readSnapshotPairs<Request extends SnapshotRequest>(
  db: Kysely<Database>,
  requests: readonly Request[],
  lookback: Lookback,
): AsyncGenerator<readonly [Request, AccountSnapshot | undefined]> {
  let position = 0
  for await (const snapshots of readSnapshots(db, requests, lookback)) {
    for (const snapshot of snapshots) {
      yield [requests[position] as Request, snapshot]
      position += 1
    }
  }
}

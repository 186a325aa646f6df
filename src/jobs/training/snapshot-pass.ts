import type { Kysely } from 'kysely'
import { type FeatureSet, readFeatures } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import type { FeatureVector } from '../../core/features/types.ts'
import type { SnapshotRequest } from '../../store/features/snapshot-statement.ts'
import { readSnapshotPairs } from '../../store/features/snapshot-pairs.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** Called after each few hundred examples of a step; `total` is known from the start. */
export type Progress = (step: string, done: number, total: number) => void

/** One part of a training or backtest that is made from snapshots. */
export interface SnapshotReader<Result> {
  readonly step: string
  readonly requests: readonly SnapshotRequest[]
  /** Receives the snapshot of `requests[index]` if the account was known then: once for each request, in any order. */
  readonly take: (index: number, snapshot: AccountSnapshot, features: () => FeatureVector) => void
  /** The values computed from the snapshots, in the order of the requests; complete after the pass. */
  readonly result: () => Result
}

/** A reader that keeps one value for each request whose account was known. */
export function keepEach<Kept>(
  step: string,
  requests: readonly SnapshotRequest[],
  keep: (index: number, snapshot: AccountSnapshot, features: () => FeatureVector) => Kept,
): SnapshotReader<readonly (Kept | undefined)[]> {
  const kept: (Kept | undefined)[] = requests.map(() => undefined)
  return {
    step,
    requests,
    take: (index, snapshot, features) => {
      kept[index] = keep(index, snapshot, features)
    },
    result: () => kept,
  }
}

interface PassRequest extends SnapshotRequest {
  readonly takers: { readonly reader: SnapshotReader<unknown>; readonly index: number }[]
}

const TELL_EVERY = 500

/** Reads the snapshots that any of the readers needs, each of them once, and gives it to every reader that needs it. */
export async function readInOnePass(
  db: Kysely<Database>,
  featureSet: FeatureSet,
  readers: readonly SnapshotReader<unknown>[],
  progress: Progress,
): Promise<void> {
  const done = new Map<SnapshotReader<unknown>, number>()
  for await (const [{ takers }, snapshot] of readSnapshotPairs(db, passRequests(readers), featureSet.lookback)) {
    let vector: FeatureVector | undefined
    const features = () => (vector ??= snapshot ? readFeatures(featureSet, snapshot) : [])
    for (const { reader, index } of takers) {
      if (snapshot) reader.take(index, snapshot, features)
      const count = (done.get(reader) ?? 0) + 1
      done.set(reader, count)
      const total = reader.requests.length
      // The pass goes reader by reader: progress is reported for the reader in turn, and for any other when it is complete.
      const isItsTurn = reader === takers[0]?.reader && count % TELL_EVERY === 0
      if (isItsTurn || count === total) progress(reader.step, count, total)
    }
  }
}

function passRequests(readers: readonly SnapshotReader<unknown>[]): readonly PassRequest[] {
  const byPair = new Map<string, PassRequest>()
  for (const reader of readers) {
    for (const [index, { accountId, asOf }] of reader.requests.entries()) {
      const key = `${accountId} ${asOf}`
      const known = byPair.get(key)
      if (known) known.takers.push({ reader, index })
      else byPair.set(key, { accountId, asOf, takers: [{ reader, index }] })
    }
  }
  return [...byPair.values()]
}

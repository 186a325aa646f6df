import type { Reason } from '../../core/import/problems.ts'
import type { BatchOutcome } from '../../store/import/batch.ts'

/** read = inserted + updated + unchanged + duplicate + rejected + filtered. Unmatched rows are among those kept. */
export interface ImportCounts {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  readonly unchanged: number
  readonly duplicate: number
  readonly rejected: number
  readonly filtered: number
  readonly unmatched: number
}

export type ReasonCounts = Readonly<Partial<Record<Reason, number>>>

/** A running total: the one thing here that changes, behind functions that say how. */
export function createTally() {
  const counts = {
    read: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    duplicate: 0,
    rejected: 0,
    filtered: 0,
    unmatched: 0,
  }
  const reasons = new Map<Reason, number>()
  const reject = (reason: Reason) => {
    counts.rejected += 1
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  return {
    read: () => void (counts.read += 1),
    filtered: () => void (counts.filtered += 1),
    rejected: reject,
    written: (outcome: BatchOutcome) => {
      for (const part of ['inserted', 'updated', 'unchanged', 'duplicate', 'unmatched'] as const)
        counts[part] += outcome[part]
      for (const { problem } of outcome.rejected) reject(problem.reason)
    },
    counts: (): ImportCounts => ({ ...counts }),
    reasons: (): ReasonCounts => Object.fromEntries([...reasons].toSorted()),
  }
}

export type Tally = ReturnType<typeof createTally>

import type { StagedRow } from '../../../core/facts/import/complete-row.ts'
import type { Reason, RowError } from '../../../core/facts/import/problems.ts'
import { countNews, type NewsCounts, sumOfNews } from '../../../core/facts/news/news.ts'
import type { BatchOutcome } from '../../../store/facts/import/batch.ts'
import { createFindings } from './findings.ts'

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

/** Rows rejected for one reason, with the first of them. */
export interface Rejections {
  readonly reason: Reason
  readonly count: number
  readonly first: RowError
}

const NONE: ImportCounts = {
  read: 0,
  inserted: 0,
  updated: 0,
  unchanged: 0,
  duplicate: 0,
  rejected: 0,
  filtered: 0,
  unmatched: 0,
}

interface WrittenRows {
  readonly rows: readonly StagedRow[]
  /** The line of each row. */
  readonly lines: readonly number[]
}

/** A running total: the one thing here that changes, behind functions that say how. */
export function createTally() {
  const counts = { ...NONE }
  const reasons = new Map<Reason, Rejections>()
  const findings = createFindings()
  let news: NewsCounts = {}
  return {
    findings,
    read: () => void (counts.read += 1),
    filtered: () => void (counts.filtered += 1),
    rejected: (error: RowError) => {
      counts.rejected += 1
      const { count, first } = reasons.get(error.reason) ?? { count: 0, first: error }
      reasons.set(error.reason, { reason: error.reason, count: count + 1, first })
    },
    written: (outcome: BatchOutcome, { rows, lines }: WrittenRows) => {
      for (const part of ['inserted', 'updated', 'unchanged', 'duplicate', 'unmatched'] as const)
        counts[part] += outcome[part]
      news = sumOfNews([news, countNews(outcome.news.values())])
      for (const [row, said] of outcome.news)
        if (said.includes('contradicted')) findings.contradicted(rows[row]?.['external_id'] ?? '', lines[row] ?? 0)
    },
    news: (): NewsCounts => news,
    counts: (): ImportCounts => ({ ...counts }),
    /** The commonest first. */
    rejections: (): readonly Rejections[] =>
      [...reasons.values()].toSorted((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1)),
  }
}

export type Tally = ReturnType<typeof createTally>

export function sumOfCounts(all: readonly ImportCounts[]): ImportCounts {
  const names = Object.keys(NONE) as readonly (keyof ImportCounts)[]
  const sums = names.map((name) => [name, all.reduce((sum, counts) => sum + counts[name], 0)])
  return { ...NONE, ...Object.fromEntries(sums) }
}

export function countsByReason(all: readonly Rejections[]): ReasonCounts {
  const counts = new Map<Reason, number>()
  for (const { reason, count } of all) counts.set(reason, (counts.get(reason) ?? 0) + count)
  return Object.fromEntries([...counts].toSorted())
}

import type { CompanyResult, CompanyTask } from '../../src/simulation/studies/evaluate-company.ts'
import { studyTasks, tally } from '../../src/simulation/studies/tally.ts'
import { STUDY_KINDS, type StudyKind } from '../../src/simulation/studies/worlds.ts'
import { onThreads } from './on-threads.ts'

export interface VerdictStudy {
  readonly companies: number
  readonly seed: number
  readonly kind?: StudyKind
  readonly freshRows: number
  readonly replicates: number
}

/** Backtests many companies of each kind; the last line has the counts, and exit code 1 means that a bound was violated. */
export async function studyVerdicts(options: VerdictStudy): Promise<void> {
  const kinds = options.kind ? [options.kind] : STUDY_KINDS
  const tasks = studyTasks(options.companies, options.seed, kinds, options)
  const worker = new URL('./verdict-worker.ts', import.meta.url)
  const results = await onThreads<CompanyTask, CompanyResult>(worker, tasks)
  for (const kind of kinds) printFailures(kind, results)
  const lines = tally(results)
  for (const { name, found, bound, kept } of lines)
    console.log(`${kept ? 'ok    ' : 'BEYOND'} ${name}: ${found} (${bound})`)
  console.log(lines.map(({ name, found }) => `${name}: ${found}`).join('; '))
  if (lines.some(({ kept }) => !kept)) process.exitCode = 1
}

/** Which conditions stood in the way, and how often. */
function printFailures(kind: StudyKind, results: readonly CompanyResult[]): void {
  const counts = new Map<string, number>()
  for (const { failed } of results.filter((result) => result.kind === kind))
    for (const condition of failed) counts.set(condition, (counts.get(condition) ?? 0) + 1)
  const listed = [...counts].toSorted(([, a], [, b]) => b - a).map(([condition, count]) => `${condition} ${count}`)
  console.log(`${kind}: ${listed.length > 0 ? `did not hold: ${listed.join(', ')}` : 'every condition held'}`)
}

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { assembleReport } from '../../core/evaluation/report/build-report.ts'
import type { EstimatedShare } from '../../core/evaluation/backtest/measures/measurements.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import type { FoldResult, FoldTask } from '../../core/evaluation/backtest/folds/run-fold.ts'
import type { BacktestData, BacktestOptions } from '../../core/evaluation/backtest/types.ts'
import type { FoldRequest } from './fold-worker.ts'
import type { Progress } from '../training/snapshot-pass.ts'

export interface ProvenFolds {
  readonly folds: readonly FoldResult[]
  readonly report: BacktestReport
}

/**
 * Runs the folds of one backtest and the bootstrap of its report on all cores. Results come in the order of the tasks,
 * whoever was first, and every statistic sees the same draws: the number of cores changes no byte.
 *
 * @param data in canonical order, as the tasks have it
 * @param threads default: one for each core
 */
export async function proveFolds(
  data: BacktestData,
  options: BacktestOptions,
  tasks: readonly FoldTask[],
  progress: Progress = () => undefined,
  threads: number = availableParallelism(),
): Promise<ProvenFolds> {
  const workers = Array.from(
    { length: Math.min(Math.max(1, tasks.length), threads) },
    () => new Worker(new URL('./fold-worker.ts', import.meta.url), { workerData: { data, options } }),
  )
  try {
    const folds = await runFolds(workers, tasks, progress)
    const shares = await Promise.all(
      workers.map((worker, share) =>
        ask<EstimatedShare>(worker, { kind: 'estimate', results: folds, share, shares: workers.length }),
      ),
    )
    progress('bootstrap', 1, 1)
    const report = assembleReport(data, options, folds, shares)
    progress('report', 1, 1)
    return { folds, report }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

async function runFolds(
  workers: readonly Worker[],
  tasks: readonly FoldTask[],
  progress: Progress,
): Promise<readonly FoldResult[]> {
  const results: FoldResult[] = []
  // The newest folds have the most rows: begun last, one of them would keep one core waiting for the other.
  const order = Array.from(tasks.keys()).reverse()
  let next = 0
  let done = 0
  const work = async (worker: Worker) => {
    for (let index = order[next++]; index !== undefined; index = order[next++]) {
      results[index] = await ask<FoldResult>(worker, { kind: 'fold', fold: (tasks[index] as FoldTask).fold })
      done += 1
      progress('folds', done, tasks.length)
    }
  }
  await Promise.all(workers.map(work))
  return results
}

function ask<Answer>(worker: Worker, request: FoldRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.postMessage(request)
  return promise.finally(() => {
    worker.off('message', resolve)
    worker.off('error', reject)
  })
}

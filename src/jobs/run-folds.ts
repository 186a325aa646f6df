import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { assembleReport } from '../core/backtest/assemble.ts'
import type { EstimatedShare } from '../core/backtest/measurements.ts'
import type { BacktestReport } from '../core/backtest/report.ts'
import type { FoldResult, FoldTask } from '../core/backtest/run-fold.ts'
import type { BacktestData, BacktestOptions } from '../core/backtest/types.ts'
import type { FoldRequest } from './fold-worker.ts'

export interface ProvenFolds {
  readonly folds: readonly FoldResult[]
  readonly report: BacktestReport
  /** Seconds, for who wants to know where the time goes. */
  readonly seconds: { readonly folds: number; readonly bootstrap: number; readonly report: number }
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
  progress: (done: number, total: number) => void = () => undefined,
  threads: number = availableParallelism(),
): Promise<ProvenFolds> {
  const workers = Array.from(
    { length: Math.min(Math.max(1, tasks.length), threads) },
    () => new Worker(new URL('./fold-worker.ts', import.meta.url), { workerData: { data, options } }),
  )
  try {
    const start = performance.now()
    const folds = await runFolds(workers, tasks, progress)
    const fitted = performance.now()
    const shares = await Promise.all(
      workers.map((worker, share) =>
        ask<EstimatedShare>(worker, { kind: 'estimate', results: folds, share, shares: workers.length }),
      ),
    )
    const drawn = performance.now()
    const report = assembleReport(data, options, folds, shares)
    const seconds = {
      folds: (fitted - start) / 1000,
      bootstrap: (drawn - fitted) / 1000,
      report: (performance.now() - drawn) / 1000,
    }
    return { folds, report, seconds }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

async function runFolds(
  workers: readonly Worker[],
  tasks: readonly FoldTask[],
  progress: (done: number, total: number) => void,
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
      progress(done, tasks.length)
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

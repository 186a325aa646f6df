import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { FoldResult, FoldTask } from '../core/backtest/run-fold.ts'

/** Runs the folds of one backtest on all cores; the results come in the order of the tasks, whoever was first. */
export async function runFolds(
  tasks: readonly FoldTask[],
  progress: (done: number, total: number) => void = () => undefined,
): Promise<readonly FoldResult[]> {
  const [first] = tasks
  if (!first) return []
  const results: FoldResult[] = []
  let next = 0
  let done = 0
  const runWorker = async () => {
    const worker = new Worker(new URL('./fold-worker.ts', import.meta.url), {
      workerData: { data: first.data, options: first.options },
    })
    try {
      for (let index = next++; index < tasks.length; index = next++) {
        results[index] = await runOn(worker, tasks[index] as FoldTask)
        done += 1
        progress(done, tasks.length)
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, runWorker))
  return results
}

function runOn(worker: Worker, task: FoldTask): Promise<FoldResult> {
  const { promise, resolve, reject } = Promise.withResolvers<FoldResult>()
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.postMessage(task.fold)
  return promise.finally(() => {
    worker.off('message', resolve)
    worker.off('error', reject)
  })
}

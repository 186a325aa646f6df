import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { progressLines } from '../cli.ts'

/** Each worker has one company at a time; results come back in the order of the tasks. */
export async function onThreads<Task, Result>(
  worker: URL,
  tasks: readonly Task[],
  workerData?: unknown,
): Promise<readonly Result[]> {
  const results = new Array<Result>(tasks.length)
  const progress = progressLines('companies')
  let next = 0
  let done = 0
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const thread = new Worker(worker, { workerData })
      let current = -1
      const give = () => {
        current = next
        next += 1
        if (current < tasks.length) thread.postMessage(tasks[current])
        else resolve(thread.terminate().then(() => undefined))
      }
      thread.on('message', (result: Result) => {
        results[current] = result
        done += 1
        progress('study', done, tasks.length)
        give()
      })
      thread.on('error', reject)
      give()
    })
  await Promise.all(Array.from({ length: Math.min(tasks.length, availableParallelism()) }, work))
  return results
}

// Does the verdict deserve to be believed? Backtests many simulated companies whose truth is known.
// `npm run study -- --companies 100 --seed 1`; --kind picks one kind of company.
import '../src/node-version.ts'
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type CompanyResult, type CompanyTask, judgeCompany } from '../src/core/study/judge-company.ts'
import { studyTasks, tally } from '../src/core/study/tally.ts'
import { STUDY_KINDS, type StudyKind } from '../src/core/study/worlds.ts'
import { progressLines } from './cli.ts'

if (isMainThread) await main()
else parentPort?.on('message', (task: CompanyTask) => parentPort?.postMessage(judgeCompany(task)))

async function main(): Promise<void> {
  const options = new Command('study')
    .description('Backtest simulated companies whose truth is known, and count how often the verdict is right.')
    .option('--companies <n>', 'companies of each kind', wholeNumber, 100)
    .option('--seed <n>', 'the same seed gives the same companies', wholeNumber, 1)
    .addOption(new Option('--kind <name>', 'one kind only (default: all)').choices(STUDY_KINDS))
    .option('--fresh-rows <n>', "rows to measure a model's own AUC on", wholeNumber, 200_000)
    .option('--replicates <n>', 'bootstrap draws', wholeNumber, 2000)
    .parse()
    .opts<{ companies: number; seed: number; kind?: StudyKind; freshRows: number; replicates: number }>()
  const kinds = options.kind ? [options.kind] : STUDY_KINDS
  const tasks = studyTasks(options.companies, options.seed, kinds, options)
  const results = await judgeAll(tasks, Math.min(tasks.length, availableParallelism()))
  for (const kind of kinds) printFailures(kind, results)
  const lines = tally(results)
  for (const { name, found, bound, kept } of lines)
    console.log(`${kept ? 'ok    ' : 'BEYOND'} ${name}: ${found} (${bound})`)
  console.log(lines.map(({ name, found }) => `${name}: ${found}`).join('; '))
  if (lines.some(({ kept }) => !kept)) process.exitCode = 1
}

/** Each worker has one company at a time; results come back in the order of the tasks. */
async function judgeAll(tasks: readonly CompanyTask[], threads: number): Promise<readonly CompanyResult[]> {
  const results = new Array<CompanyResult>(tasks.length)
  const progress = progressLines('companies')
  let next = 0
  let done = 0
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url))
      let current = -1
      const give = () => {
        current = next
        next += 1
        if (current < tasks.length) worker.postMessage(tasks[current])
        else resolve(worker.terminate().then(() => undefined))
      }
      worker.on('message', (result: CompanyResult) => {
        results[current] = result
        done += 1
        progress('study', done, tasks.length)
        give()
      })
      worker.on('error', reject)
      give()
    })
  await Promise.all(Array.from({ length: threads }, work))
  return results
}

/** Which conditions stood in the way, and how often. */
function printFailures(kind: StudyKind, results: readonly CompanyResult[]): void {
  const counts = new Map<string, number>()
  for (const { failed } of results.filter((result) => result.kind === kind))
    for (const condition of failed) counts.set(condition, (counts.get(condition) ?? 0) + 1)
  const listed = [...counts].toSorted(([, a], [, b]) => b - a).map(([condition, count]) => `${condition} ${count}`)
  console.log(`${kind}: ${listed.length > 0 ? `did not hold: ${listed.join(', ')}` : 'every condition held'}`)
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of at least 1.')
  return value
}

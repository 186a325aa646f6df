import type { ReplayComparison, ReplayRefusal, ReplayTask } from '../../src/simulation/studies/replay-study.ts'
import { type Mean, type ReplayTally, tallyReplays } from '../../src/simulation/studies/replay-tally.ts'
import { AppError } from '../../src/errors.ts'
import { reportFile, writeJson } from '../report-file.ts'
import { onThreads } from './on-threads.ts'

export interface ReplayStudy {
  readonly companies: number
  readonly seed: number
  readonly accounts: number
  readonly capacityPerMonth: number
  readonly json?: string
}

/** The difference between the policy replay and the simulated outcomes when sales works either list. */
export async function studyReplay({
  companies,
  seed,
  accounts,
  capacityPerMonth,
  json: file,
}: ReplayStudy): Promise<void> {
  const json = await reportFile('--json', file, /^\{\s*"tally": \{/)
  const tasks = Array.from({ length: companies }, (_, index): ReplayTask => {
    return { seed: `${seed}-${index}`, accounts, capacityPerMonth }
  })
  const worker = new URL('./replay-worker.ts', import.meta.url)
  const all = await onThreads<ReplayTask, ReplayComparison | ReplayRefusal>(worker, tasks)
  const results = all.flatMap((result) => (result.kind === 'compared' ? [result] : []))
  for (const result of all)
    if (result.kind === 'refused')
      console.log(`company ${result.seed} is left out: ${result.reason.replaceAll('_', ' ')}`)
  if (results.length < 2) throw new AppError('OptionInvalid', 'two companies at least must have enough to learn from')
  const tally = tallyReplays(results)
  await writeJson(json, { tally, companies: all })
  console.log(linesOf(tally).join('\n'))
}

function linesOf({ companies, entries, lists, held, workedInPast, addedInFirstMonth, ...worlds }: ReplayTally) {
  const of = (name: 'model' | 'rule' | 'difference', words: string) => {
    const { claimed, real, gap } = lists[name]
    return [
      `${words}: replay ${shown(claimed)}, really ${shown(real)}, replay less real ${shown(gap)}`,
      `  the replay's interval held what really happened in ${held[name]} of ${companies} companies`,
    ]
  }
  return [
    `${companies} companies, ${entries} entries on each list. Won of 100 entries, with 95% intervals over companies:`,
    ...of('model', "the model's list"),
    ...of('rule', "the rule's list"),
    ...of('difference', 'model less rule'),
    `of 100 entries of the model, sales worked ${shown(workedInPast)} in that month of the past; working the others adds ${shown(addedInFirstMonth)} wins in their first month`,
    `won a company, from any source: ${shown(worlds.won.history)} in the past, ${shown(worlds.won.model)} with the model's list, ${shown(worlds.won.rule)} with the rule's; model less rule ${shown(worlds.wonMoreByModel)}`,
    `account-months worked a company: ${shown(worlds.workedMonths.history)}, ${shown(worlds.workedMonths.model)}, ${shown(worlds.workedMonths.rule)}`,
  ]
}

function shown({ mean, low, high }: Mean): string {
  return `${mean.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`
}

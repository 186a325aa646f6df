import { tryLottery } from '../../src/simulation/studies/holdout-study.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'

/** How often the interval of the lottery's estimate holds what listing really brings. */
export function studyLottery({ companies, seed, accounts }: Record<'companies' | 'seed' | 'accounts', number>): void {
  const { lottery } = loadPolicy()
  const trials = Array.from({ length: companies }, (_, company) =>
    tryLottery(`${seed} ${company}`, accounts, lottery),
  ).flat()
  for (const kind of ['opened', 'won'] as const) {
    const own = trials.filter((trial) => trial.kind === kind)
    const estimates = own.flatMap(({ estimate }) => (estimate.kind === 'estimated' ? [estimate] : []))
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
    const points = (value: number) => `${(100 * value).toFixed(2)} points`
    console.log(
      `${kind}: the 95 % interval held the truth in ${own.filter(({ covers }) => covers).length} of ${own.length} companies; ` +
        `truth ${points(mean(own.map(({ truth }) => truth)))}, estimate ${points(mean(estimates.map(({ difference }) => difference)))} ` +
        `on average; ${mean(estimates.map(({ withheld }) => withheld.assigned)).toFixed(0)} withheld of ` +
        `${mean(estimates.map(({ withheld, listed }) => withheld.assigned + listed.assigned)).toFixed(0)}; ` +
        `detectable ${points(mean(estimates.map(({ detectableDifference }) => detectableDifference)))}`,
    )
  }
}

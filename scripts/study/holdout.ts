import { tryHoldout } from '../../src/simulation/studies/holdout-study.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'

/** How often the interval of the holdout's estimate covers the true effect of listing. */
export function studyHoldout({ companies, seed, accounts }: Record<'companies' | 'seed' | 'accounts', number>): void {
  const { holdout } = loadPolicy()
  const trials = Array.from({ length: companies }, (_, company) =>
    tryHoldout(`${seed} ${company}`, accounts, holdout),
  ).flat()
  for (const kind of ['opened', 'won'] as const) {
    const own = trials.filter((trial) => trial.kind === kind)
    const estimates = own.flatMap(({ estimate }) => (estimate.kind === 'estimated' ? [estimate] : []))
    const mean = (values: readonly number[]) =>
      values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
    const points = (value: number) => `${(100 * value).toFixed(2)} points`
    console.log(
      `${kind}: the 95% interval held the truth in ${own.filter(({ covers }) => covers).length} of ${own.length} companies; ` +
        `truth ${points(mean(own.map(({ truth }) => truth)))}, estimate ${points(mean(estimates.map(({ difference }) => difference)))} ` +
        `on average; ${mean(estimates.map(({ control }) => control.assigned)).toFixed(0)} control of ` +
        `${mean(estimates.map(({ control, listed }) => control.assigned + listed.assigned)).toFixed(0)}; ` +
        `detectable ${points(mean(estimates.map(({ detectableDifference }) => detectableDifference)))}`,
    )
  }
}

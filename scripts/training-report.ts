import type { TrainOutcome } from '../src/jobs/train.ts'

type Trained = Extract<TrainOutcome, { readonly kind: 'trained' }>

/** What a training run found, for people: cohorts, what was left out, and how well each model did out of fold. */
export function trainingSummary({ version, bundle }: Trained): string {
  const lines = bundle.cohorts.flatMap((cohort) => {
    const logistic = bundle.models.find(({ model }) => model === cohort.model)?.logistic
    const left = Object.entries(cohort.excluded).map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`)
    return [
      `${cohort.model}: ${count(cohort.rows)} examples of ${count(cohort.accounts)} accounts, ${percent(cohort.won / cohort.rows)} positive`,
      `  left out: ${left.join(', ') || 'none'}`,
      ...(logistic?.sampling
        ? [`  learned from ${count(logistic.sampling.kept)} of ${count(logistic.sampling.negatives)} negatives`]
        : []),
      `  l2 penalty ${logistic?.l2_penalty ?? '-'}, ${logistic?.coefficients.length ?? 0} coefficients`,
    ]
  })
  return [`Trained ${version} on everything known before ${bundle.as_of}.`, ...lines].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

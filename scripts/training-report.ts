import type { TrainOutcome } from '../src/jobs/train.ts'

type Trained = Extract<TrainOutcome, { readonly kind: 'trained' }>
type Refused = Extract<TrainOutcome, { readonly kind: 'refused' }>

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

export function describeFailure({ model, failure }: Refused): string {
  switch (failure.kind) {
    case 'too_few': {
      const { won, lost, needed } = failure
      return `${model} refused: needs at least ${needed.won} positive and ${needed.lost} negative examples, got ${won} and ${lost}`
    }
    case 'not_converged':
      return `${model} refused: the fit did not converge (${failure.reason.replaceAll('_', ' ')} after ${failure.iterations} iterations)`
    case 'separated':
      return `${model} refused: "${failure.column}" gives the outcome away (standardised coefficient ${failure.standardisedCoefficient.toFixed(1)}); see whether it is written at close, and exclude it`
    case 'reference_refused':
      return `${model} refused by the reference solver: ${failure.reason}`
  }
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

import type { TrainingFindings } from '../../src/core/evaluation/readiness/training-findings.ts'
import type { TrainOutcome } from '../../src/jobs/training/train.ts'
import { percent } from '../../src/core/base/percent.ts'

type Trained = Extract<TrainOutcome, { readonly kind: 'trained' }>

/** What a training run found, for people: cohorts, what was left out, and how well each model did out of fold. */
export function trainingSummary({ version, artifact }: Trained): string {
  const lines = artifact.cohorts.flatMap((cohort) => {
    const logistic = artifact.models.find(({ model }) => model === cohort.model)?.logistic
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
  const amounts = artifact.amounts ? [amountsLine(artifact.amounts)] : []
  return [`Trained ${version} on everything known before ${artifact.as_of}.`, ...lines, ...amounts].join('\n')
}

function amountsLine(amounts: NonNullable<Trained['artifact']['amounts']>): string {
  const { currency, deals, overall, segments, left_out: left, currency_assumed: assumed } = amounts
  const rates = Object.entries(left.unknown_rate).map(([from, n]) => `${count(n)} in ${from} without an exchange rate`)
  const said = [...rates, ...(left.without_amount > 0 ? [`${count(left.without_amount)} without an amount`] : [])]
  return [
    `won amounts: ${count(deals)} deals, on average ${count(Math.round(overall))} ${currency}, in ${segments.length} segments`,
    `  left out: ${said.join(', ') || 'none'}`,
    ...(assumed > 0 ? [`  ${count(assumed)} without a currency were taken to be in ${currency}`] : []),
  ].join('\n')
}

/** What was found out about the data: whether there is enough, and what looks like leakage, each with its remedy. */
export function findingsText({ ready, readiness, leakage }: TrainingFindings): string {
  const enough = readiness.map(
    ({ severity, sentence }) => `  ${severity === 'refused' ? 'REFUSED' : 'warning'}: ${sentence}`,
  )
  const leaks = leakage.flatMap(({ model, column, severity, evidence, remedy }) => [
    `  ${severity === 'critical' ? 'CRITICAL' : 'warning'}: ${model}, ${column}: ${evidence}`,
    `    remedy: ${remedy}`,
  ])
  return [
    enough.length > 0 ? 'Readiness:' : 'Readiness: nothing to warn of.',
    ...enough,
    ...(!ready ? [] : [leaks.length > 0 ? 'Leakage audit:' : 'Leakage audit: nothing found.', ...leaks]),
  ].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

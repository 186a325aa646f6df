import type { TrainingFindings } from '../../src/core/evaluation/readiness/training-findings.ts'
import type { TrainOutcome } from '../../src/jobs/training/train.ts'
import { limitsOf } from '../../src/core/scoring/artifact/ordered-specification.ts'
import { shownPosition } from '../../src/core/base/order.ts'
import { percent } from '../../src/core/base/percent.ts'
import { counted } from '../../src/core/base/counted.ts'

type Trained = Extract<TrainOutcome, { readonly kind: 'trained' }>

/** The summary of a training run as text: cohorts, exclusions, penalties and amounts. */
export function trainingSummary({ version, artifact }: Trained): string {
  const lines = artifact.cohorts.flatMap((cohort) => {
    const logistic = artifact.models.find(({ model }) => model === cohort.model)?.logistic
    const left = Object.entries(cohort.excluded).map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`)
    return [
      `${cohort.model}: ${counted(cohort.rows, 'example')} of ${counted(cohort.accounts, 'account')}, ${percent(cohort.won / cohort.rows)} positive`,
      `  excluded: ${left.join(', ') || 'none'}`,
      ...(logistic?.sampling
        ? [`  trained on ${count(logistic.sampling.kept)} of ${counted(logistic.sampling.negatives, 'negative')}`]
        : []),
      `  l2 penalty ${logistic ? Number(logistic.l2_penalty.toPrecision(3)) : '-'}, ${counted(logistic?.coefficients.length ?? 0, 'coefficient')}`,
    ]
  })
  const amounts = artifact.amounts ? [amountsLine(artifact.amounts)] : []
  const limits = limitsOf(artifact.specification, artifact.left_out)
  const until = shownPosition(artifact.as_of) ?? artifact.as_of
  return [`Trained ${version} on everything known before ${until}.`, ...limits, ...lines, ...amounts].join('\n')
}

function amountsLine(amounts: NonNullable<Trained['artifact']['amounts']>): string {
  const { currency, deals, overall, segments, left_out: left, currency_assumed: assumed } = amounts
  const rates = Object.entries(left.unknown_rate).map(([from, n]) => `${count(n)} in ${from} without an exchange rate`)
  const said = [...rates, ...(left.without_amount > 0 ? [`${count(left.without_amount)} without an amount`] : [])]
  return [
    `won amounts: ${counted(deals, 'deal')}, on average ${count(Math.round(overall))} ${currency}, in ${counted(segments.length, 'segment')}`,
    `  excluded: ${said.join(', ') || 'none'}`,
    ...(assumed > 0 ? [`  ${count(assumed)} without a currency count as ${currency}`] : []),
  ].join('\n')
}

/** Readiness and leakage findings as text, each leak with its remedy. */
export function findingsText({ ready, readiness, leakage }: TrainingFindings): string {
  const enough = readiness.map(
    ({ severity, sentence }) => `  ${severity === 'refused' ? 'REFUSED' : 'warning'}: ${sentence}`,
  )
  const leaks = leakage.flatMap(({ model, column, severity, evidence, remedy }) => [
    `  ${severity === 'critical' ? 'CRITICAL' : 'warning'}: ${model}, ${column}: ${evidence}`,
    `    remedy: ${remedy}`,
  ])
  return [
    enough.length > 0 ? 'Readiness:' : 'Readiness: no findings.',
    ...enough,
    ...(!ready ? [] : [leaks.length > 0 ? 'Leakage audit:' : 'Leakage audit: no findings.', ...leaks]),
  ].join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

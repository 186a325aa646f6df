import type { PolicyChoice } from '../../core/evaluation/policy/policy-choice.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { counted, list, percent, sentence, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { verdictName } from '../words.ts'
import { evaluationData, factors, metrics, quantitativeAnalyses, trainingData } from './model-card-data.ts'
import { type CardSection, perModel } from './model-card-parts.ts'

/** The nine sections of Mitchell et al., "Model Cards for Model Reporting" (2019), out of the report's own figures. */
export function modelCardSection(input: ReportInput): Html {
  return html`<section id="model-card" aria-labelledby="model-card-heading">
<h2 id="model-card-heading">Model card</h2>
${cardOf(input).map(
  ({ title, fields }, index) => html`<h3>${index + 1}. ${title}</h3>
<dl>${fields.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
`,
)}
</section>
`
}

export function cardOf(input: ReportInput): readonly CardSection[] {
  return [
    details(input),
    intendedUse(input),
    factors(input),
    metrics(input),
    evaluationData(input),
    trainingData(input),
    quantitativeAnalyses(input),
    ethics(input),
    caveats(input),
  ]
}

function details({ models, version, winrateVersion, specifications }: ReportInput): CardSection {
  const hashes = Object.entries(specifications).map(([file, hash]) => `${file} ${hash}`)
  return {
    title: 'Model details',
    fields: [
      { name: 'Version', value: `${version}, proven or not by Winrate ${winrateVersion}` },
      {
        name: 'Kind',
        value: 'Logistic regression with an L2 penalty, calibrated; the log-odds are a sum of contributions.',
      },
      { name: 'Models', value: perModel(models, ({ question }) => question) },
      { name: 'Features of the newest period', value: perModel(models, (_, report) => featuresOf(report)) },
      { name: 'Specifications (SHA-256)', value: hashes.length > 0 ? hashes.join(', ') : 'none were given' },
    ],
  }
}

function featuresOf({ coefficients }: BacktestReport): string {
  if (coefficients.length === 0) return 'no model was fitted'
  const families = Map.groupBy(coefficients, ({ family }) => family)
  return list([...families].map(([family, own]) => `${own.length} of ${words(family)}`))
}

function intendedUse({ models }: ReportInput): CardSection {
  return {
    title: 'Intended use',
    fields: [
      {
        name: 'For',
        value: 'Setting the order in which a sales team works companies (accounts), with reasons. People decide.',
      },
      { name: 'By', value: 'Sales, marketing and revenue teams of the company whose past it learned from.' },
      { name: 'Answers within', value: perModel(models, (_, report) => counted(report.data.label_window_days, 'day')) },
      {
        name: 'Not for',
        value:
          'Decisions about persons (credit, employment, insurance), other companies than the one it was trained for, or forecasts of revenue.',
      },
    ],
  }
}

function ethics({ models }: ReportInput): CardSection {
  return {
    title: 'Ethical considerations',
    fields: [
      {
        name: 'Subject',
        value: 'Companies. Contacts count as members of a buying group; nobody is scored as a person.',
      },
      {
        name: 'Risk',
        value:
          'Accounts that were seldom worked have won seldom, and a model learns that: the slices show where it does less well.',
      },
      {
        name: 'Base rates by slice',
        value: perModel(models, (_, { slices }) => {
          const rates = slices.map(({ won, rows }) => won / rows)
          return rates.length === 0
            ? 'not examined'
            : `${percent(Math.min(...rates))} to ${percent(Math.max(...rates))}`
        }),
      },
    ],
  }
}

function caveats(input: ReportInput): CardSection {
  const { models, policy, policyReplay, readiness } = input
  const critical = [...input.leakage, ...models.flatMap(({ leakage }) => leakage)].filter(
    ({ severity }) => severity === 'critical',
  )
  const warnings = readiness?.findings.length ?? 0
  return {
    title: 'Caveats and recommendations',
    fields: [
      {
        name: 'Verdict',
        value: `${verdictName(input.verdict)}. ${perModel(models, (_, { verdict }) => verdictName(verdict).toLowerCase())}`,
      },
      {
        name: 'Leakage',
        value:
          critical.length === 0
            ? 'No critical sign was reported.'
            : `Critical signs in ${list([...new Set(critical.map(({ column }) => words(column)))])}: mend them first.`,
      },
      {
        name: 'Readiness',
        value: readiness
          ? `${readiness.ready ? 'Enough data' : 'Not enough data'}; findings: ${warnings}.`
          : 'Not assessed.',
      },
      { name: 'Age', value: perModel(models, (_, report) => ageAdvice(report)) },
      {
        name: 'What the past cannot show',
        value: policyReplay?.caution ?? 'What working by the model would have brought: sales worked by other rules.',
      },
      { name: 'Threshold', value: policy ? thresholdAdvice(policy.policy) : 'None was chosen: it needs both models.' },
    ],
  }
}

function ageAdvice({ model_age: ages }: BacktestReport): string {
  if (ages.length === 0) return 'not examined'
  const worse = ages.find(({ log_loss_less_fresh: { low } }) => low !== null && low > 0)
  const oldest = Math.round(ages.at(-1)?.months_old ?? 0)
  return worse
    ? `measurably worse after ${Math.round(worse.months_old ?? 0)} months: train again before`
    : `no measurable decay in up to ${counted(oldest, 'month')}`
}

function thresholdAdvice({ enter, basis }: PolicyChoice['policy']): string {
  return enter === null ? `None: ${sentence(basis.enter)}` : `${percent(enter)}. ${sentence(basis.enter)}`
}

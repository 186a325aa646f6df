import type { PolicyChoice } from '../../core/evaluation/policy/policy-choice.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { counted, list, percent, sentence, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { verdictName } from '../words.ts'
import { evaluationData, factors, metrics, quantitativeAnalyses, trainingData } from './model-card-data.ts'
import { type CardSection, perModel } from './model-card-parts.ts'

/** The nine sections of Mitchell et al., "Model Cards for Model Reporting" (2019), with the report's figures. */
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
      { name: 'Version', value: `${version}, backtested by Winrate ${winrateVersion}` },
      {
        name: 'Kind',
        value: 'Calibrated logistic regression with an L2 penalty. The log-odds are a sum of contributions.',
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
        value: 'Ranking the companies (accounts) that a sales team works next, with reasons. People decide.',
      },
      { name: 'By', value: 'Sales, marketing and revenue teams of the company whose history it was trained on.' },
      { name: 'Label window', value: perModel(models, (_, report) => counted(report.data.label_window_days, 'day')) },
      {
        name: 'Not for',
        value:
          'Decisions about persons (credit, employment, insurance), forecasts of revenue, or companies other than the one it was trained for.',
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
        value: 'Companies. Contacts count as members of a buying group; persons are not scored.',
      },
      {
        name: 'Risk',
        value:
          'Accounts that sales seldom worked seldom won, and the model learns that. The slices show where it predicts less well.',
      },
      {
        name: 'Base rates by slice',
        value: perModel(models, (_, { slices }) => {
          const rates = slices.map(({ won, rows }) => won / rows)
          return rates.length === 0
            ? 'not evaluated'
            : `${percent(Math.min(...rates))} to ${percent(Math.max(...rates))}`
        }),
      },
    ],
  }
}

function caveats(input: ReportInput): CardSection {
  const { models, policy, policyReplay, readiness } = input
  const critical = models.flatMap(({ leakage }) => leakage).filter(({ severity }) => severity === 'critical')
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
            ? 'No critical finding.'
            : `Critical findings in ${list([...new Set(critical.map(({ column }) => words(column)))])}. Fix them before the version is promoted.`,
      },
      {
        name: 'Readiness',
        value: readiness
          ? `${readiness.ready ? 'Ready to train' : 'Not ready to train'}; findings: ${warnings}.`
          : 'Not evaluated.',
      },
      { name: 'Age', value: perModel(models, (_, report) => ageAdvice(report)) },
      {
        name: 'Limits of a backtest',
        value: policyReplay?.caution ?? "The result of working the model's list: sales worked by other rules.",
      },
      {
        name: 'Threshold',
        value: policy ? thresholdAdvice(policy.policy) : 'None was chosen: that requires both models.',
      },
    ],
  }
}

function ageAdvice({ model_age: ages }: BacktestReport): string {
  if (ages.length === 0) return 'not evaluated'
  const worse = ages.find(({ log_loss_less_fresh: { low } }) => low !== null && low > 0)
  const oldest = Math.round(ages.at(-1)?.months_old ?? 0)
  return worse
    ? `significantly worse after ${Math.round(worse.months_old ?? 0)} months: train again before then`
    : `no significant decay within ${counted(oldest, 'month')}`
}

function thresholdAdvice({ enter, basis }: PolicyChoice['policy']): string {
  return enter === null ? `None: ${sentence(basis.enter)}` : `${percent(enter)}. ${sentence(basis.enter)}`
}

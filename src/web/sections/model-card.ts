import type { BacktestReport } from '../../core/backtest/report.ts'
import { count, counted, day, inWords, list, percent, sentence, three, two, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { conditionName, modelWords, verdictName } from '../words.ts'
import { reasons } from './readiness.ts'

interface Field {
  readonly name: string
  readonly value: string
}

interface CardSection {
  readonly title: string
  readonly fields: readonly Field[]
}

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

function details({ models, version, specifications }: ReportInput): CardSection {
  const hashes = Object.entries(specifications).map(([file, hash]) => `${file} ${hash}`)
  return {
    title: 'Model details',
    fields: [
      { name: 'Version', value: `${version}, made by Winrate` },
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

function factors({ models }: ReportInput): CardSection {
  const sliced = (report: BacktestReport) => [...new Set(report.slices.map(({ slice }) => words(slice)))]
  return {
    title: 'Factors',
    fields: [
      {
        name: 'Slices examined',
        value: perModel(models, (_, report) =>
          report.slices.length > 0 ? `${report.slices.length}, by ${list(sliced(report))}` : 'none has enough rows',
        ),
      },
      { name: 'Weakest slice', value: perModel(models, (_, report) => weakestSlice(report)) },
      {
        name: 'Not examined',
        value:
          'Properties of persons: none is stored as a factor, and contacts enter by seniority, department and role only.',
      },
    ],
  }
}

function weakestSlice({ slices }: BacktestReport): string {
  const known = slices.flatMap((slice) => (slice.roc_auc.value === null ? [] : [{ slice, area: slice.roc_auc.value }]))
  const [weakest] = known.toSorted((a, b) => a.area - b.area)
  if (!weakest) return 'cannot be named without slices'
  return `${words(weakest.slice.slice)} ${weakest.slice.value}, ROC AUC ${inWords(weakest.slice.roc_auc, three)}`
}

function metrics({ models }: ReportInput): CardSection {
  const [first] = models
  return {
    title: 'Metrics',
    fields: [
      { name: 'Ranking', value: 'ROC AUC, average precision; lift, share found and hit rate at capacity.' },
      {
        name: 'Probabilities',
        value:
          'Log loss, Brier score and skill, calibration intercept and slope, observed / expected, calibration error.',
      },
      {
        name: 'Uncertainty',
        value: first
          ? `95 % intervals from ${count(first.resampling.replicates)} bootstrap draws of whole accounts.`
          : 'No model was measured.',
      },
      { name: 'Conditions', value: perModel(models, (_, report) => conditionCount(report)) },
    ],
  }
}

function conditionCount({ reasons: all }: BacktestReport): string {
  if (all.length === 0) return 'none examined'
  const failed = all.filter(({ passed }) => !passed)
  return failed.length === 0
    ? `all ${all.length} hold`
    : `${failed.length} of ${all.length} do not hold (${failed.map(({ condition }) => conditionName(condition)).join('; ')})`
}

function evaluationData({ models }: ReportInput): CardSection {
  return {
    title: 'Evaluation data',
    fields: [
      {
        name: 'Way',
        value:
          'Walk forward: each period is predicted by a model trained on rows whose outcome was complete before it.',
      },
      {
        name: 'Periods',
        value: perModel(models, (_, { folds }) =>
          folds.length === 0
            ? 'none'
            : `${folds.length}, from ${day(folds[0]?.split ?? null)} to ${day(folds.at(-1)?.end ?? null)}`.replace(
                ' to none',
                ' on',
              ),
        ),
      },
      {
        name: 'Tested rows',
        value: perModel(models, (row, { folds }) => {
          const sum = (of: (fold: BacktestReport['folds'][number]) => number) =>
            folds.reduce((total, fold) => total + of(fold), 0)
          return `${count(sum((fold) => fold.test_rows))} ${row.rows}, of which ${count(sum((fold) => fold.test_won))} ${row.outcome}`
        }),
      },
    ],
  }
}

function trainingData({ models }: ReportInput): CardSection {
  return {
    title: 'Training data',
    fields: [
      {
        name: 'Rows',
        value: perModel(
          models,
          (row, { data }) =>
            `${count(data.rows)} ${row.rows} of ${counted(data.accounts, 'account')}, of which ${count(data.won)} ${row.outcome}`,
        ),
      },
      {
        name: 'Described',
        value: perModel(models, (_, { data }) => `${day(data.first_as_of)} to ${day(data.last_as_of)}`),
      },
      { name: 'Left out before', value: perModel(models, (_, { data }) => reasons(data.excluded)) },
      {
        name: 'Backfilled',
        value: perModel(models, (_, { backfilled }) =>
          backfilled.length === 0 ? 'no feature' : counted(backfilled.length, 'feature'),
        ),
      },
    ],
  }
}

function quantitativeAnalyses({ models, policyReplay }: ReportInput): CardSection {
  const metric = (name: 'roc_auc' | 'log_loss' | 'observed_expected', show = three) =>
    perModel(models, (_, { arms }) => (arms['model'] ? inWords(arms['model'][name], show) : 'not measured'))
  return {
    title: 'Quantitative analyses',
    fields: [
      { name: 'ROC AUC', value: metric('roc_auc') },
      { name: 'Log loss', value: metric('log_loss') },
      { name: 'Observed / expected', value: metric('observed_expected', two) },
      {
        name: 'Log loss less MQL points',
        value: perModel(models, (_, { differences }) =>
          differences['mql_points']
            ? inWords(differences['mql_points'].log_loss, three)
            : 'there are no points to compare with',
        ),
      },
      { name: 'Policy replay', value: policyReplay ? policyReplay.model.sentence : 'None was made.' },
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
  const { models, policyReplay, readiness } = input
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
      { name: 'Bar', value: perModel(models, (_, { thresholds }) => barAdvice(thresholds)) },
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

function barAdvice(thresholds: BacktestReport['thresholds']): string {
  if (!thresholds || thresholds.recommended.threshold === null) return 'none to recommend'
  return `${percent(thresholds.recommended.threshold)} (${thresholds.recommended.basis})`
}

/** `Win model: ...; in-market model: ...`, or that there is none. */
function perModel(
  models: readonly BacktestReport[],
  tell: (row: ReturnType<typeof modelWords>, report: BacktestReport) => string,
): string {
  if (models.length === 0) return 'No model was examined.'
  const told = models.map((report) => {
    const row = modelWords(report.model)
    return `${row.name}: ${tell(row, report)}`
  })
  return sentence(told.join('; '))
}

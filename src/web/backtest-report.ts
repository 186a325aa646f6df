import type { BacktestReport } from '../core/evaluation/report/report.ts'
import { count, counted, day } from './format.ts'
import { html, type Html } from './html.ts'
import { wholePage } from './page.ts'
import type { ReportInput } from './report-input.ts'
import { scorersSection } from './sections/scorers.ts'
import { calibrationSection } from './sections/calibration.ts'
import { leakageSection } from './sections/leakage.ts'
import { modelCardSection } from './sections/model-card.ts'
import {
  ageSection,
  backfilledSection,
  coefficientsSection,
  foldsSection,
  penaltySection,
  slicesSection,
} from './sections/model-parts.ts'
import { policySection } from './sections/policy.ts'
import { policyReplaySection } from './sections/policy-replay.ts'
import { rankingSection, stagesSection, thresholdSection } from './sections/ranking.ts'
import { readinessSection } from './sections/readiness.ts'
import { reproductionSection } from './sections/reproduction.ts'
import { verdictSection } from './sections/verdict.ts'
import { modelWords } from './words.ts'

/** The backtest as one self-contained HTML page. The same input gives the same bytes. */
export async function renderBacktestReport(input: ReportInput): Promise<string> {
  const models = await Promise.all(input.models.map((report) => modelSection(report, input)))
  const body = html`<header>
<p class="product">Winrate backtest</p>
<h1>Does the model predict which accounts buy?</h1>
<p>As of ${day(input.asOf)}. ${input.models.map(({ model, data }, index) => `${index > 0 ? '; ' : ''}${modelWords(model).name}: ${counted(data.accounts, 'account')}, ${counted(data.rows, 'row')}`)}.</p>
</header>
${contents(input)}
<main>
${verdictSection(input)}
${await policyReplaySection(input.policyReplay)}
${policySection(input.policy)}
${models.length > 0 ? models : html`<section aria-labelledby="models-heading"><h2 id="models-heading">Models</h2><p>No model was evaluated.</p></section>`}
${input.qualified ? await qualifiedSection(input.qualified) : null}
${leakageSection(input)}
${readinessSection(input.readiness)}
${modelCardSection(input)}
${reproductionSection(input)}
</main>
`
  return wholePage(`Winrate backtest, ${day(input.asOf)}`, body)
}

/** The product of both models, compared with one model trained on its label. */
async function qualifiedSection(report: BacktestReport): Promise<Html> {
  const { name, question, rows, outcome } = modelWords(report.model)
  const { data } = report
  const failed = report.scorers['model'] ? null : report.reasons.map(({ sentence: said }) => said).join('; ')
  return html`<section id="model-qualified" aria-labelledby="model-qualified-heading">
<h2 id="model-qualified-heading">${name}</h2>
<p>${question} Evaluated on ${count(data.rows)} ${rows} of ${counted(data.accounts, 'account')}; ${count(data.won)} ${outcome}. This comparison does not count for the verdict.</p>
${failed === null ? html`${await calibrationSection(report)}${scorersSection(report)}` : html`<p>Nothing was compared: ${failed}.</p>`}
</section>
`
}

function contents({ models, qualified }: ReportInput): Html {
  const entries = [
    ['verdict', 'Verdict'],
    ['policy-replay', 'Policy replay'],
    ['policy', 'Policy'],
    ...models.map(({ model }) => [`model-${model}`, modelWords(model).name]),
    ...(qualified ? [['model-qualified', modelWords('qualified').name]] : []),
    ['leakage', 'Target leakage'],
    ['readiness', 'Readiness'],
    ['model-card', 'Model card'],
    ['reproduction', 'Reproduction'],
  ]
  return html`<nav aria-label="Contents"><ul>${entries.map(([id, title]) => html`<li><a href="#${id ?? ''}">${title ?? ''}</a></li>`)}</ul></nav>`
}

async function modelSection(report: BacktestReport, { championNote, policy }: ReportInput): Promise<Html> {
  const hasPolicy = policy !== null
  const { name, question, rows, outcome } = modelWords(report.model)
  const { data } = report
  const id = `model-${report.model}`
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${name}</h2>
<p>${question} Evaluated on ${count(data.rows)} ${rows}${rows === 'account-months' ? ' (one account on the first of one month)' : ''} of ${counted(data.accounts, 'account')}; ${count(data.won)} ${outcome}${data.label_window_days > 0 ? ` within ${counted(data.label_window_days, 'day')}` : ''}.</p>
${await rankingSection(report)}
${await calibrationSection(report)}
${championNote === null ? null : html`<p>Champion: ${championNote}.</p>`}
${scorersSection(report)}
${hasPolicy ? null : thresholdSection(report)}
${await stagesSection(report)}
${slicesSection(report)}
${await coefficientsSection(report)}
${ageSection(report)}
${penaltySection(report)}
${backfilledSection(report)}
${foldsSection(report)}
</section>
`
}

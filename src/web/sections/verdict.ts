import type { PolicyReplay } from '../../core/evaluation/policy/policy-replay-report.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { pointAt } from '../charts/ranking.ts'
import { counted, inWords, list, percent, sentence, three, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { differenceSentence } from './policy-replay.ts'
import { table } from '../table.ts'
import { conditionName, limitText, modelWords, verdictName } from '../words.ts'

/** The verdict for a head of sales, and the conditions that it rests on. */
export function verdictSection(input: ReportInput): Html {
  return html`<section id="verdict" aria-labelledby="verdict-heading">
<h2 id="verdict-heading">Verdict</h2>
<p class="verdict ${input.verdict}"><strong>${verdictName(input.verdict)}.</strong> ${verdictSentence(input)}</p>
${(input.limits ?? []).map(
  (limit) => html`<p class="limit">${limit}</p>
`,
)}${headlines(input)}
${input.models.map(conditions)}
</section>
`
}

/** One sentence, without the word "proven" itself. */
export function verdictSentence({ verdict, models }: ReportInput): string {
  const failed = models.flatMap((report) =>
    report.reasons.filter(({ passed }) => !passed).map((reason) => ({ report, reason })),
  )
  const all = models.reduce((sum, report) => sum + report.reasons.length, 0)
  if (verdict === 'proven') {
    const points = models.some(({ scorers }) => scorers.mql_points)
    const baseline = points ? 'your MQL points and the base rate' : 'the base rate'
    return `On your own history the model predicts outcomes better than ${baseline}, and its probabilities match the observed rates. All ${counted(all, 'condition')} hold.`
  }
  if (verdict === 'refused') {
    const why = failed.map(({ reason }) => reason.sentence)
    return why.length > 0
      ? `The data are not sufficient for a verdict: ${list(why)}.`
      : 'The data are not sufficient for a verdict.'
  }
  const names = failed.slice(0, 3).map(({ report, reason }) => {
    return `“${conditionName(reason)}” (${modelWords(report.model).name.toLowerCase()})`
  })
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : ''
  return `Do not rely on this version yet. ${failed.length} of ${counted(all, 'condition')} failed: ${more ? names.join(', ') : list(names)}${more}.`
}

function headlines({ models, policyReplay }: ReportInput): Html {
  const found = models.flatMap((report) => {
    const { name, outcomes } = modelWords(report.model)
    const point = pointAt(report.gain_curve.model, 0.1)
    const rule = pointAt(report.gain_curve.mql_points, 0.1)
    if (!point || point.gain.value === null) return []
    const ruled = rule ? ` The top 10% by MQL points contained ${inWords(rule.gain, percent)}.` : ''
    return [`${name}: the top 10% of the list contained ${inWords(point.gain, percent)} of all ${outcomes}.${ruled}`]
  })
  const replayed = policyReplay ? [replayHeadline(policyReplay)] : []
  const lines = [...replayed, ...found]
  return html`${lines.length > 0 ? html`<ul class="headlines">${lines.map((line) => html`<li>${line}</li>`)}</ul>` : null}`
}

function replayHeadline({ model, difference }: PolicyReplay): string {
  const compared = difference ? ` ${differenceSentence(difference.won_share)}` : ''
  return `Policy replay: ${model.sentence}${compared}`
}

function conditions(report: BacktestReport): Html {
  const { name, question } = modelWords(report.model)
  if (report.reasons.length === 0)
    return html`<h3>${name}: ${verdictName(report.verdict)}</h3><p>${question} No condition was evaluated.</p>`
  return html`<h3>${name}: ${verdictName(report.verdict)}</h3>
<p>${question}</p>
${table({
  caption: `Conditions of the verdict (${name.toLowerCase()})`,
  rows: report.reasons,
  className: ({ passed }) => (passed ? '' : 'failed-row'),
  columns: [
    { title: 'Condition', cell: conditionName },
    {
      title: 'Figure',
      cell: ({ figure, sentence: told }) => (figure ? withInterval(figure, three) : sentence(told)),
    },
    { title: 'Limit', cell: limitText },
    {
      title: 'Result',
      cell: ({ passed }) =>
        passed ? html`<span class="passed">✓ passed</span>` : html`<span class="failed">✗ failed</span>`,
    },
  ],
})}`
}

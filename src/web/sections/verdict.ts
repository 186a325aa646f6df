import type { PolicyReplay } from '../../core/evaluation/policy/policy-replay-report.ts'
import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { pointAt } from '../charts/ranking.ts'
import { counted, inWords, list, percent, sentence, three, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { differenceSentence } from './policy-replay.ts'
import { table } from '../table.ts'
import { conditionName, modelWords, verdictName } from '../words.ts'

/** What a head of sales takes away, and what it rests on. */
export function verdictSection(input: ReportInput): Html {
  return html`<section id="verdict" aria-labelledby="verdict-heading">
<h2 id="verdict-heading">The verdict</h2>
<p class="verdict ${input.verdict}"><strong>${verdictName(input.verdict)}.</strong> ${verdictSentence(input)}</p>
${input.reasons.length > 0 ? html`<ul>${input.reasons.map((reason) => html`<li>${sentence(reason)}</li>`)}</ul>` : null}
${headlines(input)}
${input.models.map(conditions)}
</section>
`
}

/** One sentence, without the word "proven" itself. */
export function verdictSentence({ verdict, models, reasons }: ReportInput): string {
  const failed = models.flatMap((report) =>
    report.reasons.filter(({ passed }) => !passed).map((reason) => ({ report, reason })),
  )
  const all = models.reduce((sum, report) => sum + report.reasons.length, 0)
  if (verdict === 'proven') {
    const points = models.some(({ scorers }) => scorers['mql_points'])
    const baseline = points ? "the company's own MQL points and than guessing" : 'guessing'
    return `On the company's own past the model told the accounts that went on to buy from the others better than ${baseline}, and what it called likely happened about as often as it said: all ${all} conditions hold.`
  }
  if (verdict === 'refused') {
    const why = failed.map(({ reason }) => reason.sentence)
    return why.length > 0
      ? `There is not enough to judge by, so nothing is claimed: ${sentence(list(why))}`
      : `There is not enough to judge by, so nothing is claimed${reasons.length > 0 ? ', for the reasons below' : ''}.`
  }
  if (failed.length === 0) return 'Every condition below holds, but not everything around them: see the reasons.'
  const names = failed.slice(0, 3).map(({ report, reason }) => {
    const name = conditionName(reason.condition)
    return `“${name}” (${modelWords(report.model).name.toLowerCase()})`
  })
  const more = failed.length > 3 ? ` and ${failed.length - 3} more` : ''
  return `Do not rely on it yet: ${failed.length} of ${counted(all, 'condition')} ${failed.length === 1 ? 'does' : 'do'} not hold, namely ${more ? names.join(', ') : list(names)}${more}.`
}

function headlines({ models, policyReplay }: ReportInput): Html {
  const found = models.flatMap((report) => {
    const { name, outcomes } = modelWords(report.model)
    const point = pointAt(report.gain_curve['model'], 0.1)
    const rule = pointAt(report.gain_curve['mql_points'], 0.1)
    if (!point || point.gain.value === null) return []
    const ruled = rule ? ` The best tenth by MQL points held ${inWords(rule.gain, percent)}.` : ''
    return [`${name}: the best tenth of the list held ${inWords(point.gain, percent)} of all ${outcomes}.${ruled}`]
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
    return html`<h3>${name}: ${verdictName(report.verdict)}</h3><p>${question} No condition was examined.</p>`
  return html`<h3>${name}: ${verdictName(report.verdict)}</h3>
<p>${question}</p>
${table({
  caption: html`What has to hold, and whether it does (${name})`,
  rows: report.reasons,
  className: ({ passed }) => (passed ? '' : 'failed-row'),
  columns: [
    { title: 'Condition', cell: ({ condition }) => conditionName(condition) },
    {
      title: 'Figure',
      cell: ({ figure, sentence: told }) => (figure ? withInterval(figure, three) : sentence(told)),
    },
    { title: 'Limit', cell: ({ limit }) => limit },
    {
      title: 'Holds',
      cell: ({ passed }) =>
        passed ? html`<span class="passed">✓ passed</span>` : html`<span class="failed">✗ failed</span>`,
    },
  ],
})}`
}

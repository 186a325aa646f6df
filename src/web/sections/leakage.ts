import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { sentence, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { table } from '../table.ts'
import { columnName, modelWords } from '../words.ts'

export function leakageSection({ models }: ReportInput): Html {
  const found = models.flatMap(({ model, leakage }) => leakage.map((finding) => ({ model, ...finding })))
  const critical = found.filter(({ severity }) => severity === 'critical').length
  return html`<section id="leakage" aria-labelledby="leakage-heading">
<h2 id="leakage-heading">Target leakage</h2>
${
  found.length === 0
    ? html`<p>The audit found none: no feature separates the outcomes or depends on facts from after its as-of.</p>`
    : html`<p>${critical === 0 ? 'No finding is critical.' : `Critical findings: ${critical}. A model with a critical finding is not proven.`}</p>
${table({
  caption: 'Findings of the leakage audit',
  rows: found,
  columns: [
    { title: 'Column', cell: ({ column }) => (column === '*' ? 'no single column' : columnName(column)) },
    { title: 'Model', cell: ({ model }) => modelWords(model).name },
    { title: 'Kind', cell: ({ kind }) => words(kind) },
    { title: 'Severity', cell: ({ severity }) => severityCell(severity) },
    { title: 'Evidence', cell: ({ evidence }) => sentence(evidence) },
    { title: 'Remedy', cell: ({ remedy }) => sentence(remedy) },
  ],
})}`
}
</section>
`
}

function severityCell(severity: BacktestReport['leakage'][number]['severity']) {
  return severity === 'critical' ? html`<span class="failed">critical</span>` : severity
}

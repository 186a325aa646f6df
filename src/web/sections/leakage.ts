import type { BacktestReport } from '../../core/evaluation/report/report.ts'
import { sentence, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportedLeak, ReportInput } from '../report-input.ts'
import { table } from '../table.ts'
import { columnName, modelWords } from '../words.ts'

interface Found extends ReportedLeak {
  readonly where: string
}

/** What looks as if the answer had been known before the question was asked. */
export function leakageSection({ leakage, models }: ReportInput): Html {
  const found = unique([
    ...models.flatMap((report) => report.leakage.map((leak): Found => ({ ...leak, where: nameOf(report) }))),
    ...leakage.map((leak): Found => ({ ...leak, where: 'All data' })),
  ])
  const critical = found.filter(({ severity }) => severity === 'critical').length
  return html`<section id="leakage" aria-labelledby="leakage-heading">
<h2 id="leakage-heading">Signs of leakage</h2>
${
  found.length === 0
    ? html`<p>None was reported: no feature seen to give the outcome away or to know facts from after its date.</p>`
    : html`<p>${critical === 0 ? 'None is critical.' : `Critical: ${critical}. While a critical sign stands, no result counts as proven.`}</p>
${table({
  caption: 'What the audit saw, and what to do',
  rows: found,
  columns: [
    { title: 'Column', cell: ({ column }) => (column === '*' ? 'no single column' : columnName(column)) },
    { title: 'Where', cell: ({ where }) => where },
    { title: 'Kind', cell: ({ kind }) => words(kind) },
    {
      title: 'Severity',
      cell: ({ severity }) => (severity === 'critical' ? html`<span class="failed">critical</span>` : severity),
    },
    { title: 'Seen', cell: ({ evidence }) => sentence(evidence) },
    { title: 'Remedy', cell: ({ remedy }) => sentence(remedy) },
  ],
})}`
}
</section>
`
}

function nameOf({ model }: BacktestReport): string {
  return modelWords(model).name
}

/** A finding of all data that a model reports as its own is the same one. */
function unique(found: readonly Found[]): readonly Found[] {
  const keys = new Set<string>()
  return found.filter((leak) => {
    const isGeneral = leak.where === 'All data'
    const key = JSON.stringify([leak.column, leak.kind, leak.evidence])
    if (isGeneral && keys.has(key)) return false
    keys.add(key)
    return true
  })
}

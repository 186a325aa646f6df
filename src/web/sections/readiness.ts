import type { ReadinessReport } from '../../core/evaluation/readiness/report.ts'
import { count, day, percent, words } from '../format.ts'
import { html, type Html } from '../html.ts'
import { table } from '../table.ts'
import { columnName } from '../words.ts'

const MOST_UNKNOWN = 10

export function readinessSection(readiness: ReadinessReport | null): Html {
  return html`<section id="readiness" aria-labelledby="readiness-heading">
<h2 id="readiness-heading">Is there enough to learn from?</h2>
${readiness ? assessed(readiness) : html`<p>Readiness was not evaluated.</p>`}
</section>
`
}

function assessed(readiness: ReadinessReport): Html {
  const { ready, findings, models, facts, history, opportunities } = readiness
  return html`<p>${ready ? 'There is enough to train on' : 'There is not enough to train on'} as of ${day(readiness.as_of)}: ${count(opportunities.won)} opportunities won, ${count(opportunities.lost)} lost, ${count(opportunities.open)} open.</p>
${
  findings.length === 0
    ? html`<p>Nothing stands in the way and nothing calls for a warning.</p>`
    : table({
        caption: 'What stands in the way, and what to know',
        rows: findings,
        columns: [
          { title: 'Finding', cell: (one) => one.sentence },
          { title: 'Model', cell: ({ model }) => (model ? words(model) : 'all') },
          {
            title: 'Severity',
            cell: ({ severity }) => (severity === 'refused' ? html`<span class="failed">refused</span>` : severity),
          },
        ],
      })
}
${table({
  caption: 'Rows to learn from, by model',
  rows: models,
  columns: [
    { title: 'Model', cell: ({ model }) => words(model) },
    { title: 'Rows', numeric: true, cell: ({ rows }) => count(rows) },
    { title: 'Accounts', numeric: true, cell: ({ accounts }) => count(accounts) },
    { title: 'With the outcome', numeric: true, cell: ({ won }) => count(won) },
    { title: 'Without', numeric: true, cell: ({ lost }) => count(lost) },
    { title: 'Base rate', numeric: true, cell: ({ base_rate }) => percent(base_rate) },
    { title: 'Rows needed', numeric: true, cell: ({ sample_size: size }) => count(size.needed) },
    { title: 'Left out', cell: ({ excluded }) => reasons(excluded) },
  ],
})}
${models.map(({ model, unknown }) =>
  unknown.length === 0
    ? html`<p>Model “${words(model)}”: every feature is known in every row.</p>`
    : table({
        caption: `What the model “${words(model)}” most often does not know`,
        rows: unknown.slice(0, MOST_UNKNOWN),
        columns: [
          { title: 'Feature', cell: ({ column }) => columnName(column) },
          { title: 'Unknown in', numeric: true, cell: ({ share }) => percent(share) },
        ],
      }),
)}
${table({
  caption: 'Facts held',
  rows: facts,
  columns: [
    { title: 'Fact', cell: ({ fact }) => words(fact) },
    { title: 'Stored', numeric: true, cell: ({ stored }) => count(stored) },
    {
      title: 'Known and matched',
      numeric: true,
      cell: ({ known }) => (known === null ? 'no such rule' : count(known)),
    },
    { title: 'Without an account', numeric: true, cell: ({ unmatched }) => count(unmatched) },
  ],
})}
${
  history.length === 0
    ? html`<p>No source has a history yet.</p>`
    : table({
        caption: 'How far back each source tells',
        rows: history,
        columns: [
          { title: 'Source', cell: ({ fact, source }) => `${words(fact)}: ${source}` },
          { title: 'Facts', numeric: true, cell: (one) => count(one.facts) },
          { title: 'From', cell: ({ first_on }) => day(first_on) },
          { title: 'To', cell: ({ last_on }) => day(last_on) },
        ],
      })
}`
}

export function reasons(excluded: Readonly<Record<string, number>>): string {
  const told = Object.entries(excluded).flatMap(([reason, rows]) =>
    rows > 0 ? [`${count(rows)} ${words(reason)}`] : [],
  )
  return told.length === 0 ? 'none' : told.join(', ')
}

import type { PolicyChoice } from '../../core/evaluation/policy/policy-choice.ts'
import { count, counted, day, decimal, percent, sentence, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable, table } from '../table.ts'

/** From which qualified probability an account is listed: the threshold, its grounds, and how thresholds chosen this way did. */
export function policySection(policy: PolicyChoice | null): Html {
  return html`<section id="policy" aria-labelledby="policy-heading">
<h2 id="policy-heading">Who is listed from now on</h2>
${policy ? chosen(policy) : html`<p>No threshold was chosen: it needs both models, and months of the past that they can be tried on.</p>`}
</section>
`
}

function chosen({ policy, periods, pooled, account_share: share, cool_down_days: coolDown }: PolicyChoice): Html {
  const { enter, stages, basis } = policy
  return html`<p class="lead">${enter === null ? 'No threshold could be chosen.' : `An account is listed from a qualified probability of ${percent(enter)} on.`}</p>
<p>Basis: ${sentence(basis.enter)}</p>
<p>The qualified probability says that an opportunity opens soon <em>and</em> is won. An account that was listed comes back at the earliest after ${counted(coolDown, 'day')}.${share < 1 ? ` Counted on ${percent(share)} of the accounts, drawn at random; figures a month are of these.` : ''}</p>
${
  pooled.entries === 0
    ? html`<p>No threshold chosen this way has met a later quarter yet.</p>`
    : html`<p>Thresholds chosen this way, in the quarters after they were chosen: ${decimal(pooled.entries_per_month, 1)} new accounts a month; of ${count(pooled.known)} whose outcome is known ${count(pooled.won)} later won, ${withInterval(pooled.won_share, percent)}, however they were worked.</p>`
}
${foldedTable('How thresholds chosen this way did, quarter by quarter', {
  caption: 'Each threshold was chosen on the months before its quarter, with the outcomes known by then',
  rows: periods,
  columns: [
    { title: 'Quarter from', cell: ({ from }) => day(from) },
    {
      title: 'Threshold',
      numeric: true,
      cell: ({ threshold, reason }) => (threshold === null ? (reason ?? 'none') : percent(threshold)),
    },
    {
      title: 'A month, where it was chosen',
      numeric: true,
      cell: (period) => (period.chosen_on ? decimal(period.chosen_on.entries_per_month, 1) : 'none'),
    },
    {
      title: 'A month, in the quarter',
      numeric: true,
      cell: ({ threshold, after }) => (threshold === null ? 'none' : decimal(after.entries_per_month, 1)),
    },
    {
      title: 'Later won',
      numeric: true,
      cell: ({ after }) => (after.known === 0 ? 'not known yet' : withInterval(after.won_share, percent)),
    },
  ],
})}
${
  stages.length === 0
    ? html`<p>Stages: ${sentence(basis.stages)}</p>`
    : html`${table({
        caption: 'From which in-market probability each stage begins',
        rows: stages,
        columns: [
          { title: 'Stage', cell: ({ stage }) => `${stage.charAt(0).toUpperCase()}${stage.slice(1)}` },
          { title: 'From', numeric: true, cell: ({ from }) => percent(from) },
        ],
      })}
<p>Basis: ${sentence(basis.stages)}</p>`
}`
}

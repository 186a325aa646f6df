import type { PolicyChoice } from '../../core/evaluation/policy/policy-choice.ts'
import { count, counted, day, decimal, percent, sentence, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable, table } from '../table.ts'

/** The threshold on the qualified probability, its basis, and the results of earlier thresholds. */
export function policySection(policy: PolicyChoice | null): Html {
  return html`<section id="policy" aria-labelledby="policy-heading">
<h2 id="policy-heading">Policy: which accounts are listed</h2>
${policy ? chosen(policy) : html`<p>No threshold was chosen: that requires both models and past months to replay.</p>`}
</section>
`
}

function chosen({ policy, periods, pooled, account_share: share, cool_down_days: coolDown }: PolicyChoice): Html {
  const { enter, stages, basis } = policy
  return html`<p class="lead">${enter === null ? 'No threshold could be chosen.' : `An account is listed when its qualified probability is at least ${percent(enter)}.`}</p>
<p>Basis: ${sentence(basis.enter)}</p>
<p>The qualified probability is that of an opportunity that opens within its window <em>and</em> is won. An account is listed again after ${counted(coolDown, 'day')} at the earliest.${share < 1 ? ` Estimated from a random sample of ${percent(share)} of the accounts; figures a month are of the sample.` : ''}</p>
${
  pooled.entries === 0
    ? html`<p>There is no later quarter yet to evaluate a threshold on.</p>`
    : html`<p>Thresholds chosen this way listed ${decimal(pooled.entries_per_month, 1)} new accounts a month in the quarters that followed. Of ${count(pooled.known)} with a known outcome ${count(pooled.won)} won, ${withInterval(pooled.won_share, percent)}, whether or not sales worked them.</p>`
}
${foldedTable('Thresholds by quarter', {
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
      title: 'New accounts a month, before',
      numeric: true,
      cell: (period) => (period.chosen_on ? decimal(period.chosen_on.entries_per_month, 1) : 'none'),
    },
    {
      title: 'New accounts a month, in the quarter',
      numeric: true,
      cell: ({ threshold, after }) => (threshold === null ? 'none' : decimal(after.entries_per_month, 1)),
    },
    {
      title: 'Won',
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

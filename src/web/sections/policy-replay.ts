import type { ListOutcome, PolicyReplay, SplitCell } from '../../core/evaluation/policy/policy-replay-report.ts'
import { drawFigure } from '../charts/figure.ts'
import { replayFigure } from '../charts/replay.ts'
import { count, counted, decimal, inWords, percent, type Show, withInterval } from '../format.ts'
import { html, type Html } from '../html.ts'
import { foldedTable, table } from '../table.ts'

/** What followed on the lists of past months, for a head of sales. */
export async function policyReplaySection(replay: PolicyReplay | null): Promise<Html> {
  return html`<section id="policy-replay" aria-labelledby="policy-replay-heading">
<h2 id="policy-replay-heading">Policy replay: the lists of past months</h2>
${replay ? await replayed(replay) : html`<p>There is no policy replay: the history holds no month that can be replayed.</p>`}
</section>
`
}

async function replayed(replay: PolicyReplay): Promise<Html> {
  const { model, rule, difference, months, caution } = replay
  return html`<p class="lead">The model's list: ${model.sentence}</p>
${rule ? html`<p>The MQL rule's list, as long in each month: ${rule.sentence}</p>` : html`<p>The company has no MQL rule to compare with.</p>`}
${difference ? html`<p>${differenceSentence(difference.won_share)}</p>` : null}
<p>On the first of each of ${counted(months.length, 'month')} up to ${counted(replay.capacity_per_month, 'new account was', 'new accounts were')} listed from the facts known by then. An entry counts as opened when an opportunity opened within ${count(replay.open_within_days)} days, and as won when that was won within ${count(replay.won_within_days)} days of opening; an account is listed again after ${count(replay.cool_down_days)} days at the earliest. ${counted(replay.months_not_mature, 'newer month is', 'newer months are')} excluded because their outcomes are right-censored.${replay.account_share < 1 ? ` The replay uses a random sample of ${percent(replay.account_share)} of the accounts and the same share of the team's capacity.` : ''}</p>
<p class="note">${caution}</p>
${months.length > 1 ? html`<div class="charts">${await drawFigure(replayFigure(replay))}</div>` : null}
${outcomes(replay)}
${split(replay)}
${wins(replay)}
${monthTable(replay)}`
}

const perHundred: Show = (value) => decimal(value === null ? null : 100 * value, 1)

export function differenceSentence(difference: {
  value: number | null
  low: number | null
  high: number | null
}): string {
  const { value, low, high } = difference
  if (value === null || low === null || high === null) return 'The difference of the two lists is not defined.'
  const told = `Of 100 accounts listed, the model's list won ${inWords(difference, perHundred)} more than the rule's`
  return low > 0 || high < 0 ? `${told}.` : `${told}, which is not a significant difference.`
}

function outcomes({ model, rule, model_at_threshold: own }: PolicyReplay): Html {
  const lists: readonly (readonly [string, ListOutcome])[] = [
    ["The model's list", model],
    ...(rule ? [["The rule's list", rule] as const] : []),
    ...(own ? [[`The model by its own threshold, ${percent(own.threshold)}`, own] as const] : []),
  ]
  return table({
    caption: 'Results of each list (shares with 95% intervals)',
    rows: lists,
    columns: [
      { title: 'List', cell: ([name]) => name },
      { title: 'Entries', numeric: true, cell: ([, { listed }]) => count(listed) },
      { title: 'Opened', numeric: true, cell: ([, list]) => withInterval(list.opened_share, percent) },
      { title: 'Won', numeric: true, cell: ([, list]) => withInterval(list.won_share, percent) },
      { title: 'Revenue won', numeric: true, cell: ([, list]) => count(list.won_revenue) },
      {
        title: 'Head start, median',
        numeric: true,
        cell: ([, { head_start_days: days }]) =>
          days.median === null ? 'none opened' : counted(Math.round(days.median), 'day'),
      },
      {
        title: 'Share of all wins listed before',
        numeric: true,
        cell: ([, list]) => withInterval(list.share_of_wins_listed, percent),
      },
      {
        title: 'Rejoined within a month',
        numeric: true,
        cell: ([, { flapping }]) => `${count(flapping.re_entries)} of ${count(flapping.entries)}`,
      },
    ],
  })
}

const LISTED_BY: Readonly<Record<SplitCell['listed_by'], string>> = {
  both: 'Both lists',
  model_only: 'Model only',
  rule_only: 'Rule only',
}

function split({ split: cells }: PolicyReplay): Html {
  if (cells.length === 0) return html`<p>Without an MQL rule there is only one list.</p>`
  return html`<h3>Accounts on both lists or on one</h3>
<p>Accounts that sales had worked in the 30 days before are shown separately: that work is part of their outcome.</p>
${table({
  caption: 'Listed accounts by list and by whether sales had worked them',
  rows: cells,
  columns: [
    {
      title: 'Listed by',
      cell: (cell) => `${LISTED_BY[cell.listed_by]}, ${cell.already_worked ? 'already worked' : 'not yet worked'}`,
    },
    { title: 'Cases', numeric: true, cell: ({ cases }) => count(cases) },
    { title: 'Opened', numeric: true, cell: ({ opened }) => count(opened) },
    { title: 'Won', numeric: true, cell: ({ won }) => count(won) },
    { title: 'Share won', numeric: true, cell: ({ won_share }) => withInterval(won_share, percent) },
    { title: 'Revenue won', numeric: true, cell: ({ won_revenue }) => count(won_revenue) },
  ],
})}`
}

function wins({ wins: counts }: PolicyReplay): Html {
  return html`<h3>Wins that no list could contain</h3>
${table({
  caption: `All ${counted(counts.won_deals, 'deal')} won in these months, by whether a list could contain the account before`,
  rows: [
    ['Could be listed', counts.could_be_listed],
    ['The account was not known yet', counts.account_not_known],
    ['The account had no facts yet', counts.no_fact_before],
    ['The account had an open opportunity', counts.had_open_opportunity],
  ] as const,
  columns: [
    { title: 'Won deals', cell: ([name]) => name },
    { title: 'Number', numeric: true, cell: ([, number]) => count(number) },
    {
      title: 'Share',
      numeric: true,
      cell: ([, number]) => (counts.won_deals === 0 ? 'none' : percent(number / counts.won_deals)),
    },
  ],
})}`
}

function monthTable({ months, rule }: PolicyReplay): Html | null {
  if (months.length === 0) return null
  const ruled = rule
    ? [
        { title: 'Rule: opened', numeric: true, cell: (month: Month) => count(month.rule_opened) },
        { title: 'Rule: won', numeric: true, cell: (month: Month) => count(month.rule_won) },
      ]
    : []
  return html`<h3>Month by month</h3>
${foldedTable(`All ${counted(months.length, 'month')} as a table`, {
  caption: 'Accounts listed on the first of each month, and how many of them opened and won',
  rows: months,
  columns: [
    { title: 'Month', cell: ({ month }) => month.slice(0, 7) },
    { title: 'Accounts', numeric: true, cell: ({ accounts }) => count(accounts) },
    { title: 'Listed', numeric: true, cell: ({ listed }) => count(listed) },
    { title: 'Model: opened', numeric: true, cell: ({ model_opened }) => count(model_opened) },
    { title: 'Model: won', numeric: true, cell: ({ model_won }) => count(model_won) },
    ...ruled,
  ],
})}`
}

type Month = PolicyReplay['months'][number]

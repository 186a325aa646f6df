import type { ShownLeaks } from '../core/evaluation/table/page/leaks.ts'
import type { TriedPage, TryPage } from '../core/evaluation/table/page/page.ts'
import { drawFigure } from './charts/figure.ts'
import { reliabilityFigure } from './charts/reliability.ts'
import { two } from './format.ts'
import { html, type Html } from './html.ts'
import { wholePage } from './page.ts'
import { table } from './table.ts'

const MODEL = 'win'

/** What `winrate try` says of a table, as one self-contained HTML page. The same answer gives the same bytes. */
export async function renderTryReport(page: TryPage, file: string): Promise<string> {
  const { verdict, found } = page
  const body = html`<header>
<p class="product">Winrate, a first number from ${file}</p>
<h1>Could the won deals have been told from the lost ones?</h1>
<p class="verdict ${verdict.kind === 'worth_it' ? 'proven' : 'not_proven'}">${verdict.sentence}</p>
</header>
<main>
${found ? await foundSections(found) : page.tooFew.map((sentence) => html`<p>${sentence}</p>`)}
${readSection(page)}
</main>
`
  return wholePage(`Winrate try, ${file}`, body)
}

async function foundSections(found: TriedPage): Promise<readonly Html[]> {
  return [
    html`<section aria-labelledby="figures"><h2 id="figures">How good it is</h2>
<p>${found.title}.</p>
${found.howTested.map((line) => html`<p class="note">${line}</p>`)}
${table({
  caption: 'Figures on rows that the model had not seen, with 95% intervals',
  rows: found.figures,
  columns: [
    { title: 'Figure', cell: ({ name }) => name },
    { title: 'Value', cell: ({ text }) => text },
  ],
})}
${await calibrationChart(found)}</section>`,
    influenceSection(found),
    html`<section aria-labelledby="next"><h2 id="next">What to bring next</h2>
<ul>${found.advice.map((sentence) => html`<li>${sentence}</li>`)}</ul></section>`,
    leakSection(found.leaks),
  ]
}

async function calibrationChart({ calibration }: TriedPage): Promise<Html | null> {
  if (calibration.length === 0) return null
  const curve = calibration.map((bin) => ({
    weight: bin.weight,
    lowest: bin.lowest,
    highest: bin.highest,
    mean_probability: bin.meanProbability,
    won_rate: bin.wonRate,
    low: bin.low,
    high: bin.high,
  }))
  const figure = reliabilityFigure({ model: MODEL, calibration_curve: curve }, 'wins')
  return html`<div class="charts">${await drawFigure(figure)}</div>`
}

function influenceSection({ influences }: TriedPage): Html {
  return html`<section aria-labelledby="matters"><h2 id="matters">What matters</h2>
${
  influences.length === 0
    ? html`<p>Nothing that stands out from chance.</p>`
    : table({
        caption: 'Factor on the odds of winning, all else equal; a value is compared with the average row',
        rows: influences,
        columns: [
          { title: 'What', cell: ({ what }) => what },
          { title: 'Effect', cell: ({ oddsRatio }) => (oddsRatio.value > 1 ? 'raises' : 'lowers') },
          { title: 'Factor', numeric: true, cell: ({ oddsRatio }) => two(oddsRatio.value) },
          {
            title: '95% interval',
            numeric: true,
            cell: ({ oddsRatio: { low, high } }) => `${two(low)} to ${two(high)}`,
          },
          { title: 'Certain', cell: ({ isCertain }) => (isCertain ? 'yes' : 'uncertain') },
        ],
      })
}</section>`
}

function leakSection({ leftOut, suspects, withThem, lookedAt, notLookedAt }: ShownLeaks): Html {
  const rows = [
    ...leftOut.map((leak) => ({ ...leak, what: 'left out' })),
    ...suspects.map((leak) => ({ ...leak, what: 'suspect, learned from' })),
  ]
  return html`<section aria-labelledby="leaks"><h2 id="leaks">Leaks</h2>
${
  rows.length === 0
    ? html`<p>None found.</p>`
    : table({
        caption: 'Columns that were probably written at or after the close',
        rows,
        columns: [
          { title: 'Column', cell: ({ column }) => column },
          { title: 'What became of it', cell: ({ what }) => what },
          { title: 'Evidence', cell: ({ evidence }) => evidence },
        ],
      })
}
${withThem === null ? null : html`<p>${withThem}</p>`}
<p class="note">${lookedAt}</p>
<p class="note">${notLookedAt}</p></section>`
}

function readSection({ rows, notes, columns }: TryPage): Html {
  return html`<section aria-labelledby="read"><h2 id="read">How the table was read</h2>
${rows.map((line) => html`<p>${line}</p>`)}
${notes.length === 0 ? null : html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${table({
  caption: 'What the columns were taken for, and the option that changes it',
  rows: columns,
  columns: [
    { title: 'Part', cell: ({ name }) => name },
    { title: 'Column', cell: ({ text }) => text },
    { title: 'Option', cell: ({ option }) => (option === '' ? '' : html`<code>${option}</code>`) },
  ],
})}</section>`
}

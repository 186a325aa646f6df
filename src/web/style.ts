/** The page's one style sheet. Its hash stands in the page's policy, so it goes in as it is. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --raised: #f4f6f8; --ink: #1a1d21; --muted: #50575f; --line: #d5dae0;
  --model: #0b5cad; --rule: #a84b06; --bayes: #5d6670; --quiet: #767f89; --good: #14632f; --bad: #a3130f; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --raised: #1e2327; --ink: #e8eaed; --muted: #b0b8c1;
  --line: #3a424a; --model: #74b6ff; --rule: #ffad6b; --bayes: #a3adb8; --quiet: #8b96a1; --good: #79d597; --bad: #ff958d; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
header, nav, main { max-width: 75rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.4rem; line-height: 1.25; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 2px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
.chart-title { font-weight: 600; margin: 0 0 .3rem; }
p, ul, dl { margin: .4rem 0 .8rem; max-width: 48rem; }
a { color: var(--model); }
a:focus-visible { outline: 3px solid var(--model); outline-offset: 2px; }
code { overflow-wrap: anywhere; font-size: .85rem; }
.product { color: var(--muted); margin: 0; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; max-width: none; }
nav a { display: inline-block; padding: .25rem 0; }
.verdict { font-size: 1.15rem; padding: .8rem 1rem; background: var(--raised); border-left: .4rem solid var(--muted); max-width: none; }
.verdict.proven { border-color: var(--good); }
.verdict.not_proven, .verdict.refused { border-color: var(--bad); }
.lead { font-size: 1.15rem; font-weight: 600; }
.note { color: var(--muted); font-size: .92rem; }
.passed { color: var(--good); font-weight: 600; white-space: nowrap; }
.failed { color: var(--bad); font-weight: 600; white-space: nowrap; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0 1.4rem; font-size: .92rem; }
caption { text-align: left; color: var(--muted); padding-bottom: .35rem; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word; }
thead th { border-bottom: 2px solid var(--muted); font-weight: 600; vertical-align: bottom; }
tbody th { font-weight: 500; }
th.numeric, td.numeric { text-align: right; font-variant-numeric: tabular-nums; padding-right: 1rem; }
.interval { color: var(--muted); font-size: .85rem; display: inline-block; white-space: nowrap; }
.numeric .interval { display: block; }
.best { font-size: .75rem; font-weight: 700; color: var(--good); border: 1px solid; border-radius: .3rem; padding: 0 .25rem; }
.model-row th, .model-row td { background: var(--raised); font-weight: 700; }
.model-row .interval { font-weight: 400; }
.failed-row th { color: var(--bad); }
.charts { display: grid; gap: 1.2rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)); margin: 1rem 0; }
figure { margin: 0; max-width: 27rem; break-inside: avoid; }
figure > svg { display: block; width: 100%; height: auto; }
.keys { list-style: none; padding: 0; margin: .2rem 0 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .85rem; color: var(--muted); }
.swatch { vertical-align: middle; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .35rem 1rem; max-width: none; }
dt { font-weight: 600; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
main { padding-bottom: 3rem; }
details { margin: .6rem 0 1rem; }
summary { cursor: pointer; color: var(--model); padding: .3rem 0; }
summary:focus-visible { outline: 3px solid var(--model); outline-offset: 2px; }
@media screen and (max-width: 46rem) {
  h1 { font-size: 1.4rem; }
  dl { display: block; }
  dt { margin-top: .6rem; }
  table, tbody, tr, caption { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  tbody tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tbody th { display: block; border: 0; padding: .1rem 0; font-weight: 650; }
  tbody td, tbody td.numeric { display: grid; grid-template-columns: 42% 1fr; gap: .6rem; border: 0; padding: .1rem 0; text-align: left; }
  td::before { content: attr(data-label); color: var(--muted); font-weight: 400; }
  .numeric .interval { display: inline-block; }
  .model-row { background: var(--raised); }
}
@media print {
  :root { color-scheme: light; --paper: #ffffff; --raised: #f4f6f8; --ink: #000000; --muted: #3d444b; --line: #b9c0c7;
    --model: #0b5cad; --rule: #a84b06; --bayes: #5d6670; --quiet: #767f89; --good: #14632f; --bad: #a3130f; }
  @page { margin: 14mm; }
  html { font-size: 8.5pt; }
  header, main { padding: 0; }
  nav, summary { display: none; }
  details::details-content { content-visibility: visible; display: block; }
  table { font-size: .85rem; }
  .interval { font-size: .78rem; }
  th, td { padding: .2rem .35rem .2rem 0; }
  th.numeric, td.numeric { padding-right: .4rem; }
  tr, figure, .verdict { break-inside: avoid; }
  h2, h3, .chart-title, caption { break-after: avoid; }
  thead { display: table-header-group; }
  .charts { grid-template-columns: 1fr 1fr; }
  a { color: inherit; text-decoration: none; }
}
`

import { counted } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { ReportInput } from '../report-input.ts'
import { modelWords } from '../words.ts'

/** What determines the figures to the last byte. */
export function reproductionSection({
  version,
  winrateVersion,
  asOf,
  specifications,
  models,
  qualified,
}: ReportInput): Html {
  const files = Object.entries(specifications)
  return html`<section id="reproduction" aria-labelledby="reproduction-heading">
<h2 id="reproduction-heading">Reproduction</h2>
<p>The same data, specifications, seed and version give the same figures, byte for byte, in any order of the rows.</p>
<dl class="hashes">
<dt>Version</dt><dd><code>${version}</code></dd>
<dt>Winrate</dt><dd>${winrateVersion}</dd>
<dt>As of</dt><dd>${asOf}</dd>
${[...models, ...(qualified ? [qualified] : [])].map((report) => {
  const { name } = modelWords(report.model)
  return html`<dt>${name}</dt><dd>seed ${String(report.seed)}, ${counted(report.resampling.replicates, 'bootstrap replicate')}, data SHA-256 <code>${report.data_sha256}</code></dd>
`
})}
${
  files.length === 0
    ? html`<dt>Specifications</dt><dd>none were given</dd>`
    : files.map(
        ([file, hash]) => html`<dt>${file}</dt><dd>SHA-256 <code>${hash}</code></dd>
`,
      )
}
</dl>
</section>
`
}

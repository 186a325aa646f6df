import type { ModelReadiness, ReadinessReport } from '../../src/core/evaluation/readiness/report.ts'
import { counted } from '../../src/core/base/counted.ts'
import { shownPosition } from '../../src/core/base/order.ts'
import { percent } from '../../src/core/base/percent.ts'

const MOST_SHOWN = 8

/** The readiness report as text: the answer first, then the figures. */
export function readinessText(report: ReadinessReport): string {
  const { won, lost, open } = report.opportunities
  return [
    `${report.ready ? 'Ready' : 'Not ready'} to train as of ${shownPosition(report.as_of) ?? report.as_of}.`,
    ...report.findings.map(
      ({ severity, sentence }) => `  ${severity === 'refused' ? 'REFUSED' : 'warning'}: ${sentence}`,
    ),
    '',
    `Opportunities: ${number(won)} won, ${number(lost)} lost, ${number(open)} open`,
    ...report.models.flatMap(modelLines),
    '',
    `Most often unknown (in the model that knows least): ${mostUnknown(report.models).join(', ') || 'nothing'}`,
    '',
    'Facts (stored / known before as-of / without an account)',
    ...report.facts.map(({ fact, stored, known, unmatched }) =>
      line(fact, `${number(stored)} / ${known === null ? '-' : number(known)} / ${number(unmatched)}`),
    ),
    '',
    'History by source',
    ...report.history.map(({ fact, source, facts, first_on: first, last_on: last, days }) =>
      line(`${fact} ${source}`, `${first} to ${last} (${counted(days, 'day')}), ${counted(facts, 'fact')}`),
    ),
    '',
    'Without a date (not point-in-time)',
    ...Object.entries(report.backfilled).map(([what, { count, of }]) =>
      line(what, `${number(count)} of ${number(of)} (${percent(of === 0 ? 0 : count / of)})`),
    ),
    '',
    'Imports (read / rejected)',
    ...report.imports.map(({ kind, read, rejected, reasons }) =>
      line(kind, [`${number(read)} / ${number(rejected)}`, ...named(reasons)].join('  ')),
    ),
  ].join('\n')
}

function modelLines(model: ModelReadiness): readonly string[] {
  const { sample_size: sample, by_month: months } = model
  const spread = months.map(({ base_rate: rate }) => rate)
  return [
    '',
    `${model.model}: ${counted(model.rows, 'example')} of ${counted(model.accounts, 'account')}, ${number(model.won)} positive, ${number(model.lost)} negative`,
    ...(model.label_days === 0
      ? [`  base rate ${percent(model.base_rate ?? 0)}`]
      : [
          `  base rate ${percent(model.base_rate ?? 0)}; by month ${percent(Math.min(...spread, 1))} to ${percent(Math.max(...spread, 0))} over ${counted(months.length, 'month')}`,
          `  label windows are complete for what opened before ${model.labelled_before} (${counted(model.label_days, 'day')})`,
        ]),
    `  ${counted(sample.parameters, 'parameter')}; ${counted(sample.needed, 'example')} advised at ${sample.auc_is_measured ? 'a measured' : 'an assumed'} AUC of ${sample.auc}`,
    `  excluded: ${named(model.excluded).join(', ') || 'none'}`,
  ]
}

/** One entry a feature, with its largest share over the models. */
function mostUnknown(models: readonly ModelReadiness[]): readonly string[] {
  const shares = new Map<string, number>()
  for (const { column, share } of models.flatMap(({ unknown }) => unknown))
    shares.set(column, Math.max(share, shares.get(column) ?? 0))
  const largest = [...shares].toSorted(([, one], [, other]) => other - one)
  return largest.slice(0, MOST_SHOWN).map(([column, share]) => `${column} ${percent(share)}`)
}

function named(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).map(([name, count]) => `${number(count)} ${name.replaceAll('_', ' ')}`)
}

function line(name: string, text: string): string {
  return `  ${name.replaceAll('_', ' ').padEnd(34)}${text}`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

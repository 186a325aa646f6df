import { counted } from '../../src/core/base/counted.ts'
import { percent } from '../../src/core/base/percent.ts'
import type { Decision } from '../../src/core/evaluation/table/columns/outcome.ts'
import type { ColumnProfile } from '../../src/core/evaluation/table/columns/profile.ts'
import type { Role } from '../../src/core/evaluation/table/columns/roles.ts'
import type { Influence } from '../../src/core/evaluation/table/influences.ts'
import type { TooFew, Tried, Understood } from '../../src/core/evaluation/table/result.ts'
import type { Interval } from '../../src/core/statistics/bootstrap.ts'
import type { ReadTable } from '../../src/jobs/evaluation/read-table.ts'

const MOST_NAMES = 12

/** The answer on one page: how the table was read, what leaks, how good it is, what matters, what to bring next. */
export function tryText(answer: Tried | TooFew, read: ReadTable): string {
  const head = [...rowLines(answer, read), '', ...columnLines(answer)]
  if (answer.kind === 'too_few')
    return [
      ...head,
      '',
      `Too few: ${number(answer.won)} won and ${number(answer.lost)} lost. It takes ${answer.needed} of each to say anything, so there is no figure.`,
      'Bring more closed rows: an older export, or the lost ones if the export holds the won ones only.',
    ].join('\n')
  return [
    ...head,
    '',
    ...leakLines(answer),
    ...figureLines(answer),
    '',
    ...influenceLines(answer.influences),
    '',
    'What to bring next',
    ...answer.advice.map((sentence) => `  - ${sentence}`),
  ].join('\n')
}

/** The same as one JSON object. */
export function tryJson(answer: Tried | TooFew, read: ReadTable) {
  const { outcome, roles } = answer
  const understood = {
    verdict: answer.kind,
    rows: {
      file: read.rowCount,
      read: answer.rows,
      won: answer.won,
      lost: answer.lost,
      open: answer.open,
      copies: answer.copies,
      fitted: answer.sampledTo,
    },
    notes: [...read.notes, ...roles.unclear],
    outcome: { won: outcome.won, lost: outcome.lost, open: outcome.open, why: outcome.why },
    id: namedRole(roles.id),
    date: namedRole(roles.date),
    closed: roles.closedColumn,
    points: namedRole(roles.points),
    left_out: roles.leftOut.map(({ name }) => name),
    unreadable: unreadableCells(answer),
    never_features: neverFeatures(answer).map(({ name, why }) => ({ column: name, why })),
  }
  if (answer.kind === 'too_few') return { ...understood, needed: answer.needed }
  const { figures } = answer
  return {
    ...understood,
    features: answer.features,
    leaks: answer.leaks.map(({ column, isLeftOut, evidence, auc }) => ({ column, left_out: isLeftOut, evidence, auc })),
    auc_with_leaks: answer.aucWithLeaks,
    tested: { ...answer.tested, ...figures.tested },
    auc: figures.auc,
    log_loss: figures.logLoss,
    base_rate_log_loss: figures.baseLogLoss,
    log_loss_difference: figures.logLossDifference,
    observed_expected: figures.observedExpected,
    calibration_slope: figures.calibrationSlope,
    points_comparison: figures.points,
    influences: answer.influences.map(({ column, what, oddsRatio, isCertain, rows }) => ({
      column,
      what,
      odds_ratio: oddsRatio,
      certain: isCertain,
      rows,
    })),
    advice: answer.advice,
  }
}

function rowLines(answer: Understood, { rowCount, notes }: ReadTable): readonly string[] {
  const { won, lost, open, copies, sampledTo } = answer
  const apart = [
    ...(open > 0 ? [`${number(open)} open and left out`] : []),
    ...(copies > 0 ? [`${counted(copies, 'exact copy', 'exact copies')} set aside`] : []),
  ]
  return [
    `${counted(rowCount, 'row')}: ${number(won)} won, ${number(lost)} lost${apart.map((part) => `, ${part}`).join('')}.`,
    ...(sampledTo === null ? [] : [`The model learns from a random ${number(sampledTo)} of them.`]),
    ...notes.map((note) => `Note: ${note}.`),
  ]
}

function columnLines(answer: Understood): readonly string[] {
  const { outcome, roles } = answer
  const open = outcome.open.map(({ value, rows }) => `${value} (${number(rows)})`)
  const role = (name: string, found: Role | null, without: string, option: string) =>
    line(name, found ? `"${found.column.name}": ${found.why}` : without, option)
  const never = neverFeatures(answer)
  const unreadable = unreadableCells(answer)
  return [
    'How the columns were read (and the option that changes it)',
    line('won', `${shownDecisions(outcome.won)}: ${outcome.why}`, '--won COLUMN=VALUE'),
    line('lost', shownDecisions(outcome.lost) || 'nothing', '--lost COLUMN=VALUE'),
    ...(open.length > 0 ? [line('open', some(open), '--won, --lost')] : []),
    role('id', roles.id, 'none: each row is taken for a deal of its own', '--id COLUMN'),
    role('date', roles.date, 'none', '--date COLUMN'),
    ...(roles.closedColumn && roles.closed
      ? [
          line(
            'closed',
            `"${roles.closedColumn}": training ends with what had closed before the test`,
            '--leave-out COLUMN',
          ),
        ]
      : []),
    role('points', roles.points, 'none', '--points COLUMN'),
    ...roles.unclear.map((sentence) => line('unclear', sentence, '')),
    ...(roles.leftOut.length > 0
      ? [line('left out', `${some(roles.leftOut.map(({ name }) => name))}: as stated`, '--leave-out COLUMN')]
      : []),
    ...(never.length > 0 ? [line('no features', some(never.map(({ name, why }) => `${name} (${why})`)), '')] : []),
    ...(unreadable.length > 0
      ? [
          line(
            'unreadable',
            some(
              unreadable.map(
                ({ column, rows, examples }) =>
                  `${column}: ${number(rows)} cells are no numbers and count as empty, such as "${examples[0] ?? ''}"`,
              ),
            ),
            '',
          ),
        ]
      : []),
  ]
}

function unreadableCells({ columns }: Understood) {
  return columns.flatMap(({ name, content }) =>
    content.kind === 'number' && content.unreadable ? [{ column: name, ...content.unreadable }] : [],
  )
}

/** Columns that are never learned from, whatever they say, and why. */
function neverFeatures({ columns, roles }: Understood) {
  const others = new Set([roles.id, roles.date, roles.points].flatMap((role) => role?.column.name ?? []))
  return columns.flatMap(({ name, content }: ColumnProfile) => {
    if (others.has(name)) return []
    if (content.kind === 'identifier') return [{ name, why: content.why }]
    if (content.kind === 'date') return [{ name, why: 'holds dates' }]
    if (content.kind === 'empty') return [{ name, why: 'is empty' }]
    return content.kind === 'constant' ? [{ name, why: 'is the same in every row' }] : []
  })
}

function leakLines({ leaks, aucWithLeaks, figures }: Tried): readonly string[] {
  const [leftOut, suspects] = [leaks.filter(({ isLeftOut }) => isLeftOut), leaks.filter(({ isLeftOut }) => !isLeftOut)]
  if (leaks.length === 0) return ['Leaks: none found.', '']
  return [
    ...(leftOut.length > 0
      ? [
          'Leaks: probably written at or after the close, and left out (--use COLUMN takes one all the same)',
          ...leftOut.map(({ column, evidence }) => `  - ${column}: ${evidence}`),
          ...(aucWithLeaks === null
            ? []
            : [
                `  With them the AUC would have been ${aucWithLeaks.toFixed(2)} instead of ${figures.auc.value.toFixed(2)}, and worth nothing on an open deal.`,
              ]),
        ]
      : []),
    ...(suspects.length > 0
      ? [
          'Suspects: learned from; if one is written at the close, --leave-out COLUMN',
          ...suspects.map(({ column, evidence }) => `  - ${column}: ${evidence}`),
        ]
      : []),
    '',
  ]
}

function figureLines({ figures, tested, features, undated, won, lost }: Tried): readonly string[] {
  const { auc, logLoss, baseLogLoss, logLossDifference, observedExpected, calibrationSlope, points } = figures
  const how =
    tested.method === 'forward'
      ? `tested on the newest ${number(figures.tested.rows)} rows (${number(figures.tested.won)} won), from ${tested.splits.map((split) => split.slice(0, 10)).join(', ')}: each part predicted by what was known before it`
      : `tested by ${tested.repeats} x ${tested.folds} cross-validation on ${number(figures.tested.rows)} rows (${number(figures.tested.won)} won), blind to time, which flatters: ${tested.reason}`
  return [
    `How well won is told from lost, from ${counted(features.length, 'column')}: ${some(features.map(({ name }) => name))}`,
    `  ${how}`,
    ...(undated > 0
      ? [`  ${counted(undated, 'row without a date is', 'rows without a date are')} left out of it`]
      : []),
    figure('AUC', `${interval(auc)}${remarkOn(auc)}; 0.5 is chance, 1 is perfect`),
    figure(
      'log loss',
      `${logLoss.value.toFixed(3)}, of the base rate (${percent(won / (won + lost))} won) ${baseLogLoss.toFixed(3)}: difference ${interval(logLossDifference, 3)}, below 0 is better`,
    ),
    figure(
      'calibration',
      `observed/expected ${interval(observedExpected)}${calibrationSlope ? `, slope ${interval(calibrationSlope)}` : ''}; 1 is calibrated`,
    ),
    ...(points
      ? [
          figure(
            'your points',
            `AUC ${interval(points.auc)} on the same rows; the model's is ${points.difference.value < 0 ? 'lower' : 'higher'} by ${interval(points.difference)}${points.difference.low <= 0 && points.difference.high >= 0 ? ', which chance explains too' : ''}`,
          ),
        ]
      : []),
  ]
}

function remarkOn({ low, high }: Interval): string {
  if (low > 0.9) return ', so high that a column is probably written at the close'
  if (high < 0.5) return ', worse than chance'
  return low > 0.5 ? '' : ', which chance explains too'
}

function influenceLines(influences: readonly Influence[]): readonly string[] {
  if (influences.length === 0) return ['What matters: nothing that stands out from chance.']
  const width = Math.max(...influences.map(({ what }) => what.length))
  return [
    'What matters: factor on the odds of winning, all else equal (95% interval); a value is compared with the average row',
    ...influences.map(({ what, oddsRatio: { value, low, high }, isCertain }) => {
      const direction = value > 1 ? 'raises' : 'lowers'
      return `  ${what.padEnd(width)}  ${direction}  x ${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})${isCertain ? '' : '  uncertain'}`
    }),
  ]
}

function namedRole(role: Role | null) {
  return role && { column: role.column.name, why: role.why }
}

function shownDecisions(decisions: readonly Decision[]): string {
  return decisions.map(({ column, value }) => `"${column}" = ${value}`).join(' or ')
}

function interval({ value, low, high }: Interval, digits = 2): string {
  return `${value.toFixed(digits)} (95% interval ${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

function figure(name: string, text: string): string {
  return `  ${name.padEnd(12)} ${text}`
}

function line(name: string, text: string, option: string): string {
  return `  ${name.padEnd(12)} ${text}${option === '' ? '' : `  [${option}]`}`
}

function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

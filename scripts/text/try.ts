import type { Influence } from '../../src/core/evaluation/table/influences.ts'
import type { Role } from '../../src/core/evaluation/table/columns/roles.ts'
import { neverFeatures, unreadableCells } from '../../src/core/evaluation/table/page/columns.ts'
import { leaksOf, type ShownLeaks } from '../../src/core/evaluation/table/page/leaks.ts'
import type { TableFile, TryPage } from '../../src/core/evaluation/table/page/page.ts'
import { verdictOf } from '../../src/core/evaluation/table/page/verdict.ts'
import type { TooFew, Tried } from '../../src/core/evaluation/table/result.ts'

/** The answer on one page: what it comes to, how the table was read, what leaks, how good it is, what matters, what to bring next. */
export function tryText({ verdict, rows, notes, columns, found, tooFew }: TryPage): string {
  const head = [
    verdict.sentence,
    '',
    ...rows,
    ...notes.map((note) => `Note: ${note}.`),
    '',
    'How the columns were read (and the option that changes it)',
    ...columns.map(({ name, text, option }) => `${line(name, text)}${option === '' ? '' : `  [${option}]`}`),
    '',
  ]
  if (!found) return [...head, ...tooFew].join('\n')
  return [
    ...head,
    ...leakLines(found.leaks),
    '',
    found.title,
    ...found.howTested.map((text) => `  ${text}`),
    ...found.figures.map(({ name, text }) => line(name, text)),
    '',
    ...influenceLines(found.influences),
    '',
    'What to bring next',
    ...found.advice.map((sentence) => `  - ${sentence}`),
  ].join('\n')
}

/** The same as one JSON object. */
export function tryJson(answer: Tried | TooFew, read: TableFile) {
  const { kind, sentence } = verdictOf(answer)
  const { outcome, roles } = answer
  const understood = {
    verdict: answer.kind,
    recommendation: kind,
    sentence,
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
  const leaks = leaksOf(answer)
  return {
    ...understood,
    features: answer.features,
    leaks_checked: { looked_at: leaks.lookedAt, not_looked_at: leaks.notLookedAt },
    leaks: answer.leaks.map(({ column, isLeftOut, evidence, auc }) => ({ column, left_out: isLeftOut, evidence, auc })),
    auc_with_leaks: answer.aucWithLeaks,
    tested: { ...answer.tested, ...figures.tested },
    auc: figures.auc,
    log_loss: figures.logLoss,
    base_rate_log_loss: figures.baseLogLoss,
    log_loss_difference: figures.logLossDifference,
    observed_expected: figures.observedExpected,
    calibration_slope: figures.calibrationSlope,
    calibration: figures.calibration,
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

function leakLines({ leftOut, suspects, withThem, lookedAt, notLookedAt }: ShownLeaks): readonly string[] {
  return [
    ...(leftOut.length + suspects.length === 0 ? ['Leaks: none found'] : []),
    ...(leftOut.length > 0
      ? [
          'Leaks: probably written at or after the close, and left out (--use COLUMN takes one all the same)',
          ...leftOut.map(({ column, evidence }) => `  - ${column}: ${evidence}`),
          ...(withThem === null ? [] : [`  ${withThem}`]),
        ]
      : []),
    ...(suspects.length > 0
      ? [
          'Suspects: learned from; if one is written at the close, --leave-out COLUMN',
          ...suspects.map(({ column, evidence }) => `  - ${column}: ${evidence}`),
        ]
      : []),
    `  ${lookedAt}`,
    `  ${notLookedAt}`,
  ]
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

function line(name: string, text: string): string {
  return `  ${name.padEnd(12)} ${text}`
}

import type { FeatureColumn } from '../../features/types.ts'
import { type AuditedRow, exclude, type LeakageFinding } from './finding.ts'
import { percent } from '../../base/percent.ts'
import { NOISE } from './separation.ts'

/** Excess of round values among lost rows, of values of similar size. Clean data reach 0.07, within their noise. */
const BOUND = { critical: 0.3, warning: 0.1 }
const LEAST_EACH = 20

/**
 * Numbers that are rounder when lost: an estimate stays in the CRM when a deal is lost, and the contract's figure replaces
 * it when the deal is won. A number is round when all but its first two digits are 0; numbers below 100 are left out.
 * Numbers are compared with numbers of the same length, since longer ones are round more often.
 */
export function findRoundness(
  columns: readonly FeatureColumn[],
  rows: readonly AuditedRow[],
): readonly LeakageFinding[] {
  return columns.flatMap((column, index) => {
    const found = column.kind === 'number' ? roundnessOf(index, rows) : null
    if (!found) return []
    const low = found.lost - found.won - NOISE * found.error
    const severity = low > BOUND.critical ? 'critical' : low > BOUND.warning ? 'warning' : null
    if (!severity) return []
    return [
      {
        column: column.name,
        kind: 'rounder_when_lost' as const,
        severity,
        evidence: `${column.name} is a round number for ${percent(found.lost)} of the lost and ${percent(found.won)} of the won rows of similar size: the final figure replaced an estimate when the deal was won.`,
        figures: {
          round_when_lost: found.lost,
          round_when_won: found.won,
          standard_error: found.error,
          bound: BOUND[severity],
        },
        remedy: exclude(column.name),
      },
    ]
  })
}

/** Shares of round values among won and lost, weighted over lengths (Mantel and Haenszel's weights). */
export function roundnessOf(index: number, rows: readonly AuditedRow[]) {
  const seen = new Set<string>()
  const values = rows.flatMap((row) => {
    const value = row.values[index]
    if (typeof value !== 'number' || Math.abs(value) < 100) return []
    // An account's figure counts once per outcome, in however many months it stands.
    const key = `${row.won} ${value} ${row.id}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ won: row.won, length: Math.floor(Math.log10(Math.abs(value))), round: isRound(value) }]
  })
  const won = values.filter((value) => value.won).length
  if (won < LEAST_EACH || values.length - won < LEAST_EACH) return null
  let [weights, wonSum, lostSum, variance] = [0, 0, 0, 0]
  for (const own of Map.groupBy(values, (value) => value.length).values()) {
    const wins = own.filter((value) => value.won)
    const losses = own.length - wins.length
    if (wins.length === 0 || losses === 0) continue
    const round = own.filter((value) => value.round).length
    const roundWins = wins.filter((value) => value.round).length
    const weight = (wins.length * losses) / own.length
    weights += weight
    wonSum += (weight * roundWins) / wins.length
    lostSum += (weight * (round - roundWins)) / losses
    // Of the pooled share, one of each kind added, so that a stratum of one is not certain.
    const share = (round + 1) / (own.length + 2)
    variance += weight ** 2 * share * (1 - share) * (1 / wins.length + 1 / losses)
  }
  if (weights === 0) return null
  return { won: wonSum / weights, lost: lostSum / weights, error: Math.sqrt(variance) / weights }
}

/** 12000 and 120 are round, 12345, 125 and 199.9 are not. */
export function isRound(value: number): boolean {
  const size = Math.abs(value)
  const unit = 10 ** (Math.floor(Math.log10(size)) - 1)
  return size % unit === 0
}

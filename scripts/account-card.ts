import type { StoredScore } from '../src/core/scoring/published-score.ts'

/** One account of the list, for people: how likely, and why, in three or four lines. */
export function accountCard(rank: number, score: StoredScore): string {
  const name = score.account_name ?? score.account_external_id ?? 'unnamed'
  const interval = score.qualified_interval
  const range = interval ? ` (90 % interval ${percent(interval.low)} to ${percent(interval.high)})` : ''
  const lines = [
    `${String(rank).padStart(3)}. ${name}  [${score.account_external_id ?? ''}]`,
    `     opens within 90 days and is won: ${percent(score.qualified_probability)}${range}`,
    `     opens ${percent(score.in_market_probability)}, won if it opens ${percent(score.win_probability)}, evidence ${score.evidence}`,
  ]
  const list = (direction: 'up' | 'down') =>
    score.reasons.filter((reason) => reason.direction === direction).map((reason) => reason.sentence)
  const [up, down] = [list('up'), list('down')]
  if (up.length > 0) lines.push(`     for:     ${up.join('; ')}`)
  if (down.length > 0) lines.push(`     against: ${down.join('; ')}`)
  return lines.join('\n')
}

function percent(probability: number | null): string {
  if (probability === null) return '-'
  return `${(100 * probability).toFixed(probability < 0.1 ? 1 : 0)} %`
}

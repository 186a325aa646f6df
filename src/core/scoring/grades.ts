import type { Grade, Level } from './published-score.ts'

/** A from 80, B from 60, C from 40, D below. */
export function gradeOf(score: number | null): Grade | null {
  if (score === null) return null
  if (score >= 80) return 'A'
  if (score >= 60) return 'B'
  return score >= 40 ? 'C' : 'D'
}

/** Where a percentile lies on the fit x intent grid: weak below 50, strong from 80. */
export function levelOf(percentile: number | null): Level | null {
  if (percentile === null) return null
  if (percentile >= 80) return 'strong'
  return percentile >= 50 ? 'moderate' : 'weak'
}

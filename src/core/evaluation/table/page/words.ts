import type { Interval } from '../../../statistics/bootstrap.ts'

const MOST_NAMES = 12

export function interval({ value, low, high }: Interval, digits = 2): string {
  return `${value.toFixed(digits)} (95% interval ${low.toFixed(digits)} to ${high.toFixed(digits)})`
}

export function some(names: readonly string[]): string {
  const more = names.length - MOST_NAMES
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

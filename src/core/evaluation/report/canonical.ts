import type { FeatureVector } from '../../features/types.ts'
import { sha256Of } from '../../base/json-hash.ts'
import type { BacktestData, BacktestRow } from '../backtest/types.ts'

/** Rows by as-of, account and key: sums and random draws do not depend on the order in which they were read. */
export function inCanonicalOrder(data: BacktestData): BacktestData {
  const rows = data.rows.toSorted((a, b) => compare(a.asOf, b.asOf) || compare(a.id, b.id) || compare(a.key, b.key))
  const seen = new Set<string>()
  for (const { key } of rows) {
    if (seen.has(key)) throw new RangeError(`every row must have a key of its own: two rows have the key ${key}`)
    seen.add(key)
  }
  return { ...data, rows }
}

/** Hash of everything a backtest reads. @param data in canonical order */
export function hashOfData({ rows, ...rest }: BacktestData): string {
  const head = JSON.stringify([rest.model, rest.columns, rest.labelWindowDays, rest.dataEnd, rest.negativesKept ?? 1])
  return sha256Of([head, ...rows.map(rowText)])
}

function rowText(row: BacktestRow): string {
  const { key, id, asOf, openedAt, maturesAt, won, weight, points, mqlQualified } = row
  const facts = [key, id, asOf, openedAt, maturesAt, won, weight, points, mqlQualified]
  const vectors = [row.values, row.earlierValues, row.honestValues].map((values) => values && canonicalValues(values))
  const slices = Object.entries(row.slices).toSorted(([a], [b]) => compare(a, b))
  return JSON.stringify([facts, vectors, slices])
}

/** A set lists its levels in any order. */
export function canonicalValues(values: FeatureVector): FeatureVector {
  return values.map((value) => (Array.isArray(value) ? value.toSorted() : value))
}

/** By code unit: no locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Eight digits: finer than any interval, and coarser than the differences of `exp` between machines. */
export function rounded(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(8)) : null
}

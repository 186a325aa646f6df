import type { FeatureColumn, FeatureValue } from '../../features/types.ts'
import { hashSeed } from '../../base/random.ts'
import type { AuditedRow, LeakageFinding } from './finding.ts'
import { percent } from '../../base/percent.ts'

const LEAST_COPIES = 3
/** Of the smaller side; clean simulated rows have none, the loan events 0.9%. */
const BOUND = { critical: 0.05, warning: 0.01 }

/**
 * Rows on one side of a split that stand on the other under another id: one account imported twice, so that the model is
 * tested on what it learned. Accounts about which little is known are alike by chance, but then there are also many that
 * are *nearly* alike. A row counts as a copy when more rows of the other side equal it than differ from it in exactly
 * one column.
 *
 * @param isTest which side each row is on, in the order of the rows
 */
export function findDuplicates(
  columns: readonly FeatureColumn[],
  rows: readonly AuditedRow[],
  isTest: readonly boolean[],
): readonly LeakageFinding[] {
  const copies = copiesOf(columns, rows, isTest)
  const share = copies.length / Math.max(1, isTest.filter(Boolean).length)
  const severity = share > BOUND.critical ? 'critical' : share > BOUND.warning ? 'warning' : null
  if (copies.length < LEAST_COPIES || !severity) return []
  const sample = copies.slice(0, 3).map(({ id, like }) => `${id} = ${like}`)
  return [
    {
      column: '*',
      kind: 'duplicates_across_split',
      severity,
      evidence: `${copies.length} of the test rows (${percent(share)}) have the same content as a training row of another account, for example ${sample.join(', ')}.`,
      figures: { copies: copies.length, share_of_test: share, bound: BOUND[severity] },
      remedy: 'import such accounts under one external id, or give copied rows a key made of their content',
    },
  ]
}

/** Test rows that are copies, each with the training account it copies. */
export function copiesOf(columns: readonly FeatureColumn[], rows: readonly AuditedRow[], isTest: readonly boolean[]) {
  const hashOf = columns.map((_, index) => rememberedHash(index))
  const hashes = rows.map((row) => hashOf.map((hash, index) => hash(row.values[index] ?? null)))
  const totals = hashes.map((parts) => parts.reduce(added, 0))
  const train = new Map<number, Set<string>>()
  // Rows that agree in all columns but one share the sum without that column.
  const nearly = new Map<number, number>()
  rows.forEach((row, at) => {
    if (isTest[at]) return
    const ids = train.get(totals[at] ?? 0)
    if (ids) ids.add(row.id)
    else train.set(totals[at] ?? 0, new Set([row.id]))
  })
  const counted = new Set<string>()
  rows.forEach((row, at) => {
    const key = `${row.id} ${totals[at]}`
    if (isTest[at] || counted.has(key)) return
    counted.add(key)
    hashes[at]?.forEach((part, index) => {
      const without = keyWithout(totals[at] ?? 0, part, index)
      nearly.set(without, (nearly.get(without) ?? 0) + 1)
    })
  })
  return rows.flatMap((row, at) => {
    if (!isTest[at]) return []
    const ids = train.get(totals[at] ?? 0)
    const like = [...(ids ?? [])].toSorted().find((id) => id !== row.id)
    if (!ids || like === undefined) return []
    const equal = ids.size
    // A row without one column also matches the equal ones: they are taken off.
    const near = (hashes[at] ?? []).reduce(
      (sum, part, index) => sum + (nearly.get(keyWithout(totals[at] ?? 0, part, index)) ?? 0) - equal,
      0,
    )
    return near < equal - (ids.has(row.id) ? 1 : 0) ? [{ id: row.id, like }] : []
  })
}

const MODULUS = 2 ** 52

function added(one: number, other: number): number {
  return (one + other) % MODULUS
}

function keyWithout(total: number, part: number, index: number): number {
  return added(added(total, MODULUS - part), slotHash(index))
}

/** 52 bits for a value of one column; most values of a column come again. */
function rememberedHash(index: number): (value: FeatureValue) => number {
  const known = new Map<FeatureValue | string, number>()
  return (value) => {
    const key = Array.isArray(value) ? JSON.stringify(value) : (value as FeatureValue)
    const remembered = known.get(key)
    if (remembered !== undefined) return remembered
    const text = `${index}=${JSON.stringify(value)}`
    const hash = hashSeed(text) * 2 ** 20 + (hashSeed(`${text}#`) & 0xfffff)
    known.set(key, hash)
    return hash
  }
}

function slotHash(index: number): number {
  return hashSeed(`slot ${index}`) * 2 ** 20 + (hashSeed(`${index} slot`) & 0xfffff)
}

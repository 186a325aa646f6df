import { hashSeed } from '../../../base/random.ts'
import { sha256Of } from '../../../base/json-hash.ts'
import { countBy, type Table } from './table.ts'

export interface DistinctRows {
  /** Positions of the rows to keep, in an order that does not depend on that of the file. */
  readonly rows: readonly number[]
  /** A name for each of them that is the same in every order of the file. */
  readonly keys: readonly string[]
  /** Exact copies that were set aside. */
  readonly copies: number
}

/**
 * Rows by content. Exact copies are set aside, for a copy of a training row in the test would be known already; unless as
 * many rows are *nearly* alike, differing from a repeated one in one column: equal ones are to be expected then, as in a
 * table of a few categories.
 */
export function distinctRows(table: Table): DistinctRows {
  const contents = Array.from({ length: table.rowCount }, (_, row) =>
    sha256Of([JSON.stringify(table.columns.map(({ cells }) => cells[row] ?? null))]),
  )
  const groups = Map.groupBy(contents.keys(), (row) => contents[row] as string)
  const firsts = [...groups.values()].map(([first]) => first as number)
  const repeated = new Set([...groups.values()].filter(({ length }) => length > 1).map(([first]) => first as number))
  const areCopies = table.rowCount - firsts.length > nearlyAlike(table, firsts, repeated)
  const kept = [...groups].flatMap(([key, rows]) =>
    (areCopies ? rows.slice(0, 1) : rows).map((row, place) => ({ row, key: place === 0 ? key : `${key} ${place}` })),
  )
  const sorted = kept.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return {
    rows: sorted.map(({ row }) => row),
    keys: sorted.map(({ key }) => key),
    copies: table.rowCount - sorted.length,
  }
}

/** How many of the rows differ in exactly one column from a repeated one, counted for each repeated row. */
function nearlyAlike(table: Table, rows: readonly number[], repeated: ReadonlySet<number>): number {
  if (repeated.size === 0) return 0
  const parts = table.columns.map(({ cells }, index) => {
    const known = new Map<string | null, number>()
    return rows.map((row) => {
      const cell = cells[row] ?? null
      const hash = known.get(cell) ?? hashSeed(`${index}=${cell}`) * 2 ** 20 + (hashSeed(`${cell}=${index}`) & 0xfffff)
      known.set(cell, hash)
      return hash
    })
  })
  const totals = rows.map((_, place) => parts.reduce((sum, part) => (sum + (part[place] ?? 0)) % MODULUS, 0))
  let near = 0
  for (const part of parts) {
    const withoutPart = totals.map((total, place) => (total + MODULUS - (part[place] ?? 0)) % MODULUS)
    const alike = countBy(withoutPart)
    withoutPart.forEach((rest, place) => {
      if (repeated.has(rows[place] ?? -1)) near += (alike.get(rest) ?? 1) - 1
    })
  }
  return near
}

const MODULUS = 2 ** 52

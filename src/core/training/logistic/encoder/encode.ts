import type { FeatureValue, FeatureVector } from '../../../features/types.ts'
import { hashSeed } from '../../../base/random.ts'
import { createMatrixBuilder } from './design-matrix.ts'
import { type Encoder, finiteNumber, levelsOf, transformNumber } from './encoder.ts'
import type { DesignMatrix } from '../types.ts'

/** What encoding one row yields; buffers that the next row overwrites. */
export interface EncodedRow {
  count: number
  readonly columnIndex: Int32Array
  readonly values: Float64Array
  /** Positions of features with a value that training never saw. */
  unseen: number[]
}

interface CompiledFeature {
  readonly name: string
  readonly kind: 'number' | 'category' | 'set'
  readonly transform: 'none' | 'log1p'
  readonly mean: number
  readonly sd: number
  /** Column of each part, -1 where training gave it none. */
  readonly value: number
  readonly other: number
  readonly missing: number
  readonly levels: ReadonlyMap<string, number>
  /** A null is a window that was not recorded, and counts in the common offset. */
  readonly sharesOffset: boolean
  /** Nothing was learned about the feature at all: it is passed over. */
  readonly ignored: boolean
  /** Every training row had the same known level, which therefore has no column but is not unseen. */
  readonly constantLevels: ReadonlySet<string>
  readonly folded: ReadonlySet<number>
}

export interface CompiledEncoder {
  readonly columnCount: number
  readonly features: readonly CompiledFeature[]
  /** Column of the common offset, -1 where there is none. */
  readonly unrecorded: number
}

export function compileEncoder(encoder: Encoder): CompiledEncoder {
  const byName = new Map<string, { parts: Map<string, number>; levels: Map<string, number> }>(
    encoder.features.map((feature) => [feature.name, { parts: new Map(), levels: new Map() }]),
  )
  encoder.columns.forEach((column, index) => {
    if (column.part === 'unrecorded') return
    const found = byName.get(column.feature)
    if (!found) throw new RangeError(`encoder column ${index} belongs to no feature: ${column.feature}`)
    if (column.level === null) found.parts.set(column.part, index)
    else found.levels.set(column.level, index)
  })
  const features = encoder.features.map((feature): CompiledFeature => {
    const { parts, levels } = byName.get(feature.name)!
    const constant = encoder.dropped.filter((column) => column.feature === feature.name && column.level !== null)
    return {
      name: feature.name,
      kind: feature.kind,
      transform: feature.transform,
      mean: feature.mean ?? 0,
      sd: feature.sd ?? 1,
      value: parts.get('value') ?? -1,
      other: parts.get('other') ?? -1,
      missing: parts.get('missing') ?? -1,
      levels,
      sharesOffset: feature.shares_offset === true,
      ignored: parts.size === 0 && levels.size === 0,
      constantLevels: new Set(constant.map((column) => column.level ?? '')),
      folded: new Set(feature.folded),
    }
  })
  const unrecorded = encoder.columns.findIndex(({ part }) => part === 'unrecorded')
  return { columnCount: encoder.columns.length, features, unrecorded }
}

export function createEncodedRow(encoder: CompiledEncoder): EncodedRow {
  const columnIndex = new Int32Array(encoder.columnCount)
  return { count: 0, columnIndex, values: new Float64Array(encoder.columnCount), unseen: [] }
}

/** Fills `into` with the non-zeros of one row by ascending column. @throws TypeError on a value of the wrong kind. */
export function encodeRow(encoder: CompiledEncoder, values: FeatureVector, into: EncodedRow): void {
  const { features } = encoder
  if (values.length !== features.length)
    throw new RangeError(`the encoder needs ${features.length} feature values, got ${values.length}`)
  into.count = 0
  if (into.unseen.length > 0) into.unseen = []
  let isRecorded = true
  for (let index = 0; index < features.length; index += 1) {
    const feature = features[index]!
    const value = values[index]!
    if (value === null && feature.sharesOffset) isRecorded = false
    const isKnown = feature.kind === 'number' ? pushNumber(feature, value, into) : pushLevels(feature, value, into)
    if (!isKnown) into.unseen.push(index)
  }
  if (!isRecorded) push(into, encoder.unrecorded, 1)
}

/** The design matrix of many rows, and for each row whether it holds a value that training never saw. */
export function encode(encoder: Encoder, rows: readonly FeatureVector[]): { matrix: DesignMatrix; unseen: Uint8Array } {
  const compiled = compileEncoder(encoder)
  const row = createEncodedRow(compiled)
  const builder = createMatrixBuilder(rows.length, compiled.columnCount)
  const unseen = new Uint8Array(rows.length)
  rows.forEach((values, index) => {
    encodeRow(compiled, values, row)
    for (let k = 0; k < row.count; k += 1) builder.push(row.columnIndex[k]!, row.values[k]!)
    builder.endRow()
    if (row.unseen.length > 0) unseen[index] = 1
  })
  return { matrix: builder.build(), unseen }
}

function push(into: EncodedRow, column: number, value: number): void {
  if (column < 0 || value === 0) return
  into.columnIndex[into.count] = column
  into.values[into.count] = value
  into.count += 1
}

/** @returns false when the number is missing although training never met that. */
function pushNumber(feature: CompiledFeature, value: FeatureValue, into: EncodedRow): boolean {
  if (value === null) {
    push(into, feature.value, feature.mean / feature.sd)
    push(into, feature.missing, 1)
    return feature.missing >= 0 || feature.value < 0 || feature.sharesOffset
  }
  push(into, feature.value, transformNumber(finiteNumber(feature, value), feature.transform) / feature.sd)
  return true
}

/** @returns false when a level, or its absence, is one that training never met; such levels count as `other`. */
function pushLevels(feature: CompiledFeature, value: FeatureValue, into: EncodedRow): boolean {
  if (value === null) {
    if (feature.sharesOffset) return true
    if (feature.missing >= 0) push(into, feature.missing, 1)
    else push(into, feature.kind === 'category' ? feature.other : -1, 1)
    return feature.missing >= 0 || feature.ignored
  }
  const first = into.count
  let other = false
  let isKnown = true
  for (const level of levelsOf(feature, value)) {
    const column = feature.levels.get(level)
    if (column !== undefined) push(into, column, 1)
    else if (!feature.constantLevels.has(level)) {
      other = true
      if (!feature.folded.has(hashSeed(level))) isKnown = false
    }
  }
  // A set lists its levels in any order: back to ascending columns, so that sums do not depend on it.
  if (into.count - first > 1) into.columnIndex.subarray(first, into.count).sort()
  if (other) push(into, feature.other, 1)
  return isKnown
}

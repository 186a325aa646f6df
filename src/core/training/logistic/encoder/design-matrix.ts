import type { DesignMatrix } from '../types.ts'

/** @param rows each row dense, all of one length. */
export function sparseFromDense(rows: readonly (readonly number[])[]): DesignMatrix {
  const columnCount = rows[0]?.length ?? 0
  const builder = createMatrixBuilder(rows.length, columnCount)
  for (const row of rows) {
    if (row.length !== columnCount)
      throw new RangeError(`every row must have ${columnCount} columns, got a row of ${row.length}`)
    row.forEach((value, column) => {
      if (value !== 0) builder.push(column, value)
    })
    builder.endRow()
  }
  return builder.build()
}

export function denseFromSparse(matrix: DesignMatrix): number[][] {
  const { rowStart, columnIndex, values } = matrix
  return Array.from({ length: matrix.rowCount }, (_, row) => {
    const dense = new Array<number>(matrix.columnCount).fill(0)
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k += 1) dense[columnIndex[k]!] = values[k]!
    return dense
  })
}

/** The chosen rows, in the order given. */
export function selectRows(matrix: DesignMatrix, rows: Int32Array): DesignMatrix {
  const rowStart = new Int32Array(rows.length + 1)
  for (let i = 0; i < rows.length; i += 1)
    rowStart[i + 1] = rowStart[i]! + matrix.rowStart[rows[i]! + 1]! - matrix.rowStart[rows[i]!]!
  const columnIndex = new Int32Array(rowStart[rows.length]!)
  const values = new Float64Array(rowStart[rows.length]!)
  for (let i = 0; i < rows.length; i += 1) {
    const [start, end] = [matrix.rowStart[rows[i]!]!, matrix.rowStart[rows[i]! + 1]!]
    columnIndex.set(matrix.columnIndex.subarray(start, end), rowStart[i]!)
    values.set(matrix.values.subarray(start, end), rowStart[i]!)
  }
  return { rowCount: rows.length, columnCount: matrix.columnCount, rowStart, columnIndex, values }
}

/** The columns marked, the others closed up. */
export function selectColumns(matrix: DesignMatrix, chosen: readonly boolean[]): DesignMatrix {
  if (chosen.every(Boolean)) return matrix
  let columnCount = 0
  const place = chosen.map((kept) => (kept ? columnCount++ : -1))
  const builder = createMatrixBuilder(matrix.rowCount, columnCount)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    for (let k = matrix.rowStart[row]!; k < matrix.rowStart[row + 1]!; k += 1) {
      const column = place[matrix.columnIndex[k]!]!
      if (column >= 0) builder.push(column, matrix.values[k]!)
    }
    builder.endRow()
  }
  return builder.build()
}

/** Linear predictor of every row: intercept + sum of coefficient times value, summed by ascending column. */
export function linearPredictor(
  matrix: DesignMatrix,
  intercept: number,
  coefficients: Float64Array | readonly number[],
): Float64Array {
  const { rowStart, columnIndex, values } = matrix
  const logOdds = new Float64Array(matrix.rowCount)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    let sum = intercept
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k += 1) sum += coefficients[columnIndex[k]!]! * values[k]!
    logOdds[row] = sum
  }
  return logOdds
}

export interface ColumnMoments {
  readonly means: Float64Array
  readonly standardDeviations: Float64Array
}

/** Weighted mean and population standard deviation of every column, zeros included. */
export function columnMoments(matrix: DesignMatrix, weights: Float64Array): ColumnMoments {
  const { rowStart, columnIndex, values, columnCount } = matrix
  const means = new Float64Array(columnCount)
  const zeroWeights = new Float64Array(columnCount)
  let total = 0
  for (let row = 0; row < matrix.rowCount; row += 1) {
    const weight = weights[row]!
    total += weight
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k += 1) {
      means[columnIndex[k]!]! += weight * values[k]!
      zeroWeights[columnIndex[k]!]! += weight
    }
  }
  for (let column = 0; column < columnCount; column += 1) {
    means[column]! /= total
    zeroWeights[column] = total - zeroWeights[column]!
  }
  // About the mean, in a second pass: the difference of two large sums would lose a small variance.
  const squares = means.map((mean, column) => zeroWeights[column]! * mean * mean)
  for (let row = 0; row < matrix.rowCount; row += 1) {
    for (let k = rowStart[row]!; k < rowStart[row + 1]!; k += 1)
      squares[columnIndex[k]!]! += weights[row]! * (values[k]! - means[columnIndex[k]!]!) ** 2
  }
  return { means, standardDeviations: squares.map((sum) => Math.sqrt(Math.max(sum, 0) / total)) }
}

export interface MatrixBuilder {
  /** Within a row, columns must come in ascending order. */
  readonly push: (column: number, value: number) => void
  readonly endRow: () => void
  readonly build: () => DesignMatrix
}

export function createMatrixBuilder(rowCount: number, columnCount: number): MatrixBuilder {
  const rowStart = new Int32Array(rowCount + 1)
  let columnIndex = new Int32Array(Math.max(64, rowCount * 8))
  let values = new Float64Array(columnIndex.length)
  let used = 0
  let row = 0
  const push = (column: number, value: number) => {
    if (used === values.length) {
      const [wider, longer] = [new Int32Array(used * 2), new Float64Array(used * 2)]
      wider.set(columnIndex)
      longer.set(values)
      columnIndex = wider
      values = longer
    }
    columnIndex[used] = column
    values[used] = value
    used += 1
  }
  const endRow = () => {
    row += 1
    rowStart[row] = used
  }
  const build = () => ({
    rowCount,
    columnCount,
    rowStart,
    columnIndex: columnIndex.slice(0, used),
    values: values.slice(0, used),
  })
  return { push, endRow, build }
}

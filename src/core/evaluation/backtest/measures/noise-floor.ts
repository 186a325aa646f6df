import { type ReliabilityBin, reliabilityBins } from '../../../statistics/calibration.ts'
import { createRandom } from '../../../base/random.ts'
import { epochMicrosOf, type Instant } from '../../../base/time.ts'
import { quantile } from '../../../statistics/bootstrap.ts'

export interface NoiseRow {
  readonly id: string
  readonly openedAt: Instant
  readonly probability: number
  readonly won: boolean
  readonly weight: number
  /** How many rows it represents where negatives were sampled; 1 when absent. */
  readonly copies?: number
}

export interface CalibrationNoise {
  readonly ece: number
  /** What exact probabilities would show on these rows. */
  readonly meanOfPerfect: number
  readonly p95OfPerfect: number
  readonly bins: readonly (ReliabilityBin & { readonly low: number; readonly high: number })[]
}

const BIN_COUNT = 10
const DRAWS = 1000
const MICROS_PER_DAY = 86_400_000_000

/**
 * Expected calibration error and its noise floor: outcomes are drawn a thousand times from the probabilities themselves.
 * With 200 rows at a base rate of 0.22 exact probabilities show 0.065 on average, so that a fixed limit of 0.05 would fail
 * them.
 *
 * Monthly rows of one account with overlapping label windows share their outcome: one uniform random number serves all
 * rows opened within a label window of the first of them.
 *
 * Bins have equal weight and keep their rows in every draw. The outcomes of a negative that represents ten rows follow a
 * Poisson distribution.
 */
export function calibrationNoise(
  given: readonly NoiseRow[],
  labelWindowDays: number,
  seed: number | string,
  draws = DRAWS,
): CalibrationNoise {
  const rows = given.map((row) => ({ ...row, weight: row.weight * (row.copies ?? 1), copies: row.copies ?? 1 }))
  const bins = reliabilityBins(rows, BIN_COUNT)
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0)
  const errorOf = (rates: readonly number[]) =>
    bins.reduce((sum, bin, index) => sum + bin.weight * Math.abs(rates[index]! - bin.meanProbability), 0) / total
  const draw = drawIndexes(rows, labelWindowDays)
  const shares = inColumns(binShares(rows, bins), rows, draw)
  const drawCount = draw.reduce((most, index) => Math.max(most, index + 1), 0)
  const random = createRandom(`noise floor ${seed}`)
  const errors = new Float64Array(draws)
  const rates = bins.map(() => new Float64Array(draws))
  const uniforms = new Float64Array(drawCount)
  for (let replicate = 0; replicate < draws; replicate += 1) {
    for (let index = 0; index < drawCount; index += 1) uniforms[index] = random.next()
    const won = new Float64Array(bins.length)
    for (let share = 0; share < shares.bin.length; share += 1) {
      const [probability, copies] = [shares.probability[share]!, shares.copies[share]!]
      const weight = shares.weight[share]!
      if (copies > 1) won[shares.bin[share]!]! += (weight * random.poisson(copies * probability)) / copies
      else if (uniforms[shares.draw[share]!]! < probability) won[shares.bin[share]!]! += weight
    }
    const drawn = bins.map((bin, index) => won[index]! / bin.weight)
    drawn.forEach((rate, bin) => {
      rates[bin]![replicate] = rate
    })
    errors[replicate] = errorOf(drawn)
  }
  errors.sort()
  return {
    ece: errorOf(bins.map((bin) => bin.wonRate)),
    meanOfPerfect: errors.reduce((sum, error) => sum + error, 0) / draws,
    p95OfPerfect: quantile(errors, 0.95),
    bins: bins.map((bin, index) => {
      const sorted = rates[index]!.sort()
      return { ...bin, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
    }),
  }
}

/** One array for each figure: the loop of a thousand draws reads all of them. */
function inColumns(shares: ReturnType<typeof binShares>, rows: readonly NoiseRow[], draw: Int32Array) {
  return {
    bin: Int32Array.from(shares, ({ bin }) => bin),
    weight: Float64Array.from(shares, ({ weight }) => weight),
    probability: Float64Array.from(shares, ({ row }) => rows[row]!.probability),
    copies: Float64Array.from(shares, ({ row }) => rows[row]!.copies ?? 1),
    draw: Int32Array.from(shares, ({ row }) => draw[row]!),
  }
}

/** The bin of each row; rows of equal probability across an edge are split as `reliabilityBins` splits them. */
function binShares(rows: readonly NoiseRow[], bins: readonly ReliabilityBin[]) {
  const groups = [...Map.groupBy(rows.keys(), (row) => rows[row]!.probability)].toSorted(([a], [b]) => a - b)
  const shares: { readonly row: number; readonly bin: number; readonly weight: number }[] = []
  let bin = 0
  let room = bins[0]?.weight ?? 0
  for (const [, members] of groups) {
    const weight = members.reduce((sum, row) => sum + rows[row]!.weight, 0)
    for (let left = weight; left > 1e-9 * weight; ) {
      const part = bin === bins.length - 1 ? left : Math.min(left, room)
      for (const row of members) shares.push({ row, bin, weight: (rows[row]!.weight * part) / weight })
      left -= part
      room -= part
      if (room <= 1e-9 * weight && bin < bins.length - 1) {
        bin += 1
        room = bins[bin]!.weight
      }
    }
  }
  return shares
}

function drawIndexes(rows: readonly NoiseRow[], labelWindowDays: number): Int32Array {
  const indexes = new Int32Array(rows.length)
  let next = 0
  for (const members of Map.groupBy(rows.keys(), (row) => rows[row]!.id).values()) {
    const opened = members
      .map((row) => ({ row, at: epochMicrosOf(rows[row]!.openedAt) }))
      .toSorted((a, b) => a.at - b.at || a.row - b.row)
    let windowEnd = -Infinity
    for (const { row, at } of opened) {
      if (at >= windowEnd) {
        windowEnd = at + labelWindowDays * MICROS_PER_DAY
        next += 1
      }
      indexes[row] = next - 1
    }
  }
  return indexes
}

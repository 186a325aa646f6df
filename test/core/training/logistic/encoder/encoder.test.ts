import { describe, expect, it } from 'vitest'
import type { FeatureColumn, FeatureVector } from '../../../../../src/core/features/types.ts'
import { denseFromSparse } from '../../../../../src/core/training/logistic/encoder/design-matrix.ts'
import { encode } from '../../../../../src/core/training/logistic/encoder/encode.ts'
import { columnLabel, Encoder } from '../../../../../src/core/training/logistic/encoder/encoder.ts'
import { fitEncoder, fitEncoding } from '../../../../../src/core/training/logistic/encoder/fit-encoder.ts'
import { categoryColumn, EXAMPLE_COLUMNS, exampleHistory, numberColumn, setColumn } from '../support.ts'

function fit(column: FeatureColumn, values: readonly FeatureVector[number][], minLevelCount = 2) {
  return fitEncoder(
    [column],
    values.map((value) => [value]),
    { minLevelCount },
  )
}

function encoded(encoder: Encoder, ...values: readonly FeatureVector[number][]): number[][] {
  return denseFromSparse(
    encode(
      encoder,
      values.map((value) => [value]),
    ).matrix,
  )
}

const labels = (encoder: Encoder) => encoder.columns.map(columnLabel)

describe('a number', () => {
  it('is divided by its standard deviation and not centred, so that zero stays zero', () => {
    // 0, 2, 4: mean 2, variance 8/3
    const encoder = fit(numberColumn('visits'), [0, 2, 4])
    expect(encoder.features[0]).toMatchObject({ mean: 2, sd: expect.closeTo(Math.sqrt(8 / 3), 12) })
    expect(encoded(encoder, 0, 4)).toEqual([[0], [expect.closeTo(4 / Math.sqrt(8 / 3), 12)]])
  })

  it('that is missing takes the mean, and an indicator when training saw some missing', () => {
    const encoder = fit(numberColumn('visits'), [0, 2, 4, null])
    expect(labels(encoder)).toEqual(['visits', 'visits (missing)'])
    expect(encoded(encoder, null, 2)).toEqual([
      [expect.closeTo(2 / Math.sqrt(8 / 3), 12), 1],
      [expect.closeTo(2 / Math.sqrt(8 / 3), 12), 0],
    ])
  })

  it('has no column when it is always missing, and only an indicator when otherwise constant', () => {
    expect(labels(fit(numberColumn('visits'), [null, null]))).toEqual([])
    expect(labels(fit(numberColumn('visits'), [7, null, 7]))).toEqual(['visits (missing)'])
    expect(labels(fit(numberColumn('visits'), [0.1, 0.1, 0.1]))).toEqual([])
  })

  it('can be logged, odd around zero so that a trend may fall', () => {
    const encoder = fit({ ...numberColumn('trend'), transform: 'log1p' }, [Math.E - 1, 1 - Math.E])
    // Transformed to 1 and -1: mean 0, standard deviation 1
    expect(encoded(encoder, Math.E - 1, 1 - Math.E, 0)).toEqual([
      [expect.closeTo(1, 12)],
      [expect.closeTo(-1, 12)],
      [0],
    ])
  })

  it('weighs its rows', () => {
    const encoder = fitEncoder([numberColumn('x')], [[0], [3]], { weights: Float64Array.from([2, 1]) })
    // Mean (2 * 0 + 3) / 3 = 1, variance (2 * 1 + 4) / 3 = 2
    expect(encoder.features[0]).toMatchObject({ mean: 1, sd: expect.closeTo(Math.SQRT2, 12) })
  })

  it.each([NaN, Infinity, 'many', ['a']])('refuses %j', (value) => {
    expect(() => fit(numberColumn('visits'), [value])).toThrow('feature visits must be a finite number or null')
    expect(() => encode(fit(numberColumn('visits'), [1, 2]), [[value]])).toThrow('feature visits')
  })
})

describe('a category', () => {
  const encoder = fit(categoryColumn('industry'), ['b', 'b', 'a', 'a', 'B', 'B', 'rare', null])

  it('has a column for each level seen often enough, by code unit, then other and missing', () => {
    expect(labels(encoder)).toEqual([
      'industry = B',
      'industry = a',
      'industry = b',
      'industry (other)',
      'industry (missing)',
    ])
  })

  it('combines rare and unseen levels into other, and distinguishes the two', () => {
    expect(encoded(encoder, 'a', 'rare', 'never', null)).toEqual([
      [0, 1, 0, 0, 0],
      [0, 0, 0, 1, 0],
      [0, 0, 0, 1, 0],
      [0, 0, 0, 0, 1],
    ])
    expect([...encode(encoder, [['a'], ['rare'], ['never'], [null]]).unseen]).toEqual([0, 0, 1, 0])
  })

  it('does not store the names of rare levels', () => {
    expect(JSON.stringify(encoder)).not.toContain('rare')
  })

  it('with one level only is dropped and named', () => {
    const constant = fit(categoryColumn('industry'), ['a', 'a'])
    expect(constant.columns).toEqual([])
    expect(constant.dropped.map(columnLabel)).toEqual(['industry = a'])
    expect([...encode(constant, [['a'], ['b']]).unseen]).toEqual([0, 1])
  })

  it('cannot declare a sign', () => {
    expect(() => fit({ ...categoryColumn('industry'), sign: 'positive' }, ['a'])).toThrow('industry is a category')
  })
})

describe('a set', () => {
  const encoder = fit({ ...setColumn('topics'), sign: 'positive' }, [['b', 'a'], ['a', 'a'], ['b'], ['x'], [], null])

  it('has a column for each level, whatever the order they are listed in', () => {
    expect(labels(encoder)).toEqual(['topics = a', 'topics = b', 'topics (other)', 'topics (missing)'])
    expect(encoded(encoder, ['b', 'a'], ['a', 'b', 'a'], ['y', 'x'], [], null)).toEqual([
      [1, 1, 0, 0],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 0],
      [0, 0, 0, 1],
    ])
  })

  it('holds its declared sign for every level, but not for being unknown', () => {
    expect(encoder.columns.map((column) => column.sign)).toEqual(['positive', 'positive', 'positive', null])
  })
})

describe('the encoder', () => {
  it('is plain JSON and survives the trip', () => {
    const encoder = fitEncoder(
      [numberColumn('n'), setColumn('s')],
      [
        [1, ['a']],
        [2, null],
      ],
      { minLevelCount: 1 },
    )
    expect(Encoder.parse(JSON.parse(JSON.stringify(encoder)))).toEqual(encoder)
  })

  it('holds the mean of each column, for contributions relative to the average account', () => {
    const encoder = fit(categoryColumn('industry'), ['a', 'a', 'a', 'b'], 1)
    expect(encoder.columns.map((column) => column.mean)).toEqual([0.75, 0.25])
  })

  it('comes with the training rows encoded, to the bit, constant columns left out', () => {
    const columns = [
      ...EXAMPLE_COLUMNS,
      numberColumn('same'),
      categoryColumn('one'),
      setColumn('all'),
      setColumn('none'),
    ]
    const rows = exampleHistory(300, 'encoding').rows.map((row, index): FeatureVector => {
      const rare = index < 4 ? ['rare'] : []
      return [...row.values, 7, 'only', ['everywhere', ...rare], null]
    })
    const { encoder, matrix } = fitEncoding(columns, rows)
    expect(encoder.dropped.length).toBeGreaterThan(1)
    expect(matrix).toEqual(encode(encoder, rows).matrix)
  })

  it('refuses a row of another length', () => {
    expect(() => encode(fit(numberColumn('n'), [1, 2]), [[1, 2]])).toThrow('needs 1 feature values, got 2')
  })
})

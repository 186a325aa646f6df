import { describe, expect, it } from 'vitest'
import { shapeProblem } from '../../../src/core/base/json-shape.ts'

const LIMITS = { keys: 3, members: 6 }

describe('a JSON text', () => {
  it.each([
    ['{"a":1,"b":2,"c":3}', undefined],
    ['{"a":1,"b":2,"c":3,"d":4}', 'must not hold an object of more than 3 keys; one begins before character 19'],
    ['[1,2,3,4,5]', undefined],
    ['[1,2,3,4,5,6]', undefined],
    ['[1,2,3,4,5,6,7]', 'must not hold more than 6 values'],
    ['[[[[[[]]]]]]', undefined],
    ['[[[[[[1,2]]]]]]', 'must not hold more than 6 values'],
    ['[{"a":1,"b":2},{"a":1,"b":2}]', undefined],
    // What stands in a text counts for nothing.
    ['["{,,,,,,,,","\\\\",",,,,\\",,,,"]', undefined],
    ['{"a,b,c,d":"}"}', undefined],
    // It need not be complete.
    ['{"a":1,"b":2,"c":3,', 'must not hold an object of more than 3 keys; one begins before character 19'],
    ['"\\', undefined],
    ['', undefined],
  ])('%s: %s', (text, problem) => {
    expect(shapeProblem(text, LIMITS)).toBe(problem)
  })

  it('without limits may hold anything, in 32 levels', () => {
    expect(shapeProblem(`[${'1,'.repeat(100_000)}1]`)).toBeUndefined()
    expect(shapeProblem('['.repeat(32))).toBeUndefined()
    expect(shapeProblem('['.repeat(33))).toBe('must not nest deeper than 32 levels')
    expect(shapeProblem(`${'[]'.repeat(100)}"${'['.repeat(50)}"`)).toBeUndefined()
  })
})

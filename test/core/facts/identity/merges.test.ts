import { describe, expect, it } from 'vitest'
import { planMerge } from '../../../../src/core/facts/identity/merges.ts'

const merges = new Map([
  ['a', 'b'],
  ['b', 'c'],
  ['x', 'y'],
])

describe('a merge', () => {
  it('is new while the account is its own', () => {
    expect(planMerge(merges, 'd', 'a')).toEqual({ kind: 'merge' })
    expect(planMerge(merges, 'c', 'x')).toEqual({ kind: 'merge' })
  })

  it('holds already when both are one, by whatever way', () => {
    expect(planMerge(merges, 'a', 'b')).toEqual({ kind: 'held' })
    expect(planMerge(merges, 'a', 'c')).toEqual({ kind: 'held' })
  })

  it('that closes a circle is refused, and the circle named', () => {
    expect(planMerge(merges, 'c', 'a')).toEqual({
      kind: 'refused',
      message: 'that would be a circle: c into a into b into c',
    })
    expect(planMerge(merges, 'b', 'a')).toMatchObject({ message: 'that would be a circle: b into a into b' })
    expect(planMerge(merges, 'a', 'a')).toMatchObject({ message: 'a cannot be merged into itself' })
  })

  it('into a second account is refused, and the first named', () => {
    expect(planMerge(merges, 'a', 'y')).toEqual({
      kind: 'refused',
      message: 'a was merged into b already, and that is not part of y',
    })
  })
})

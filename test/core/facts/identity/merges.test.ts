import { describe, expect, it } from 'vitest'
import { planMerge } from '../../../../src/core/facts/identity/merges.ts'

const merges = new Map([
  ['a', 'b'],
  ['b', 'c'],
  ['x', 'y'],
])

describe('a merge', () => {
  it('is new if the account has not been merged', () => {
    expect(planMerge(merges, 'd', 'a')).toEqual({ kind: 'merge' })
    expect(planMerge(merges, 'c', 'x')).toEqual({ kind: 'merge' })
  })

  it('has no effect if both are already one account', () => {
    expect(planMerge(merges, 'a', 'b')).toEqual({ kind: 'held' })
    expect(planMerge(merges, 'a', 'c')).toEqual({ kind: 'held' })
  })

  it('that closes a circle is refused; the message names the circle', () => {
    expect(planMerge(merges, 'c', 'a')).toEqual({
      kind: 'refused',
      message: 'the merge would close a circle: c into a into b into c',
    })
    expect(planMerge(merges, 'b', 'a')).toMatchObject({ message: 'the merge would close a circle: b into a into b' })
    expect(planMerge(merges, 'a', 'a')).toMatchObject({ message: 'a cannot be merged into itself' })
  })

  it('into a second account is refused; the message names the first', () => {
    expect(planMerge(merges, 'a', 'y')).toEqual({
      kind: 'refused',
      message: 'a was merged into b already, and that is not part of y',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { championBefore, championStack, statusOf } from '../../../../src/core/evaluation/registry/champions.ts'

const promoted = (version: string) => ({ version, kind: 'promote' }) as const
const backTo = (version: string) => ({ version, kind: 'rollback' }) as const

describe('the champions that a rollback can return to', () => {
  it('are those promoted, less those rolled back', () => {
    const changes = [promoted('a'), promoted('b'), promoted('c'), backTo('b')]
    expect(championStack(changes)).toEqual(['a', 'b'])
    expect(championBefore(changes)).toBe('a')
    expect(championBefore([...changes, backTo('a')])).toBeUndefined()
  })

  it('count again when they are promoted again', () => {
    expect(championBefore([promoted('a'), promoted('b'), backTo('a'), promoted('b')])).toBe('a')
    expect(championBefore([promoted('a'), promoted('b'), promoted('a')])).toBe('b')
  })

  it('are empty before the first promotion', () => {
    expect(championBefore([])).toBeUndefined()
    expect(championBefore([promoted('a')])).toBeUndefined()
  })
})

describe('the status of a version', () => {
  const version = { isChampion: false, wasChampion: false, asOf: '2025-06-01' }

  it("is challenger if it was never champion and its as-of is not before the champion's", () => {
    expect(statusOf(version, '2025-06-01')).toBe('challenger')
    expect(statusOf(version, undefined)).toBe('challenger')
    expect(statusOf(version, '2025-06-02')).toBe('retired')
  })

  it('is retired once it was the champion', () => {
    expect(statusOf({ ...version, isChampion: true, wasChampion: true }, '2025-06-01')).toBe('champion')
    expect(statusOf({ ...version, wasChampion: true }, '2025-01-01')).toBe('retired')
  })
})

import { describe, expect, it } from 'vitest'
import { didYouMean, nearest } from '../../src/core/nearest.ts'

describe('the nearest names', () => {
  const known = ['external_id', 'account_external_id', 'email', 'domain', 'name']

  it('are those a slip of the finger away, best first', () => {
    expect(nearest('emial', known)).toEqual(['email'])
    expect(nearest('extrenal_id', known)).toEqual(['external_id'])
  })

  it('do not mind case and separators', () => {
    expect(nearest('External ID', known)).toEqual(['external_id'])
  })

  it('are none when nothing is similar', () => {
    expect(nearest('lifecycle', known)).toEqual([])
    expect(didYouMean('lifecycle', known)).toBe('')
    expect(didYouMean('nmae', ['name'])).toBe('; did you mean name?')
  })
})

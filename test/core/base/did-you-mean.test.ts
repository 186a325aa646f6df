import { describe, expect, it } from 'vitest'
import { didYouMean, nearest, shownName, shownNames, suggester } from '../../../src/core/base/did-you-mean.ts'

describe('the nearest names', () => {
  const known = ['external_id', 'account_external_id', 'email', 'domain', 'name']

  it('are those within one typing error, best first', () => {
    expect(nearest('emial', known)).toEqual(['email'])
    expect(nearest('extrenal_id', known)).toEqual(['external_id'])
  })

  it('ignore case and separators', () => {
    expect(nearest('External ID', known)).toEqual(['external_id'])
  })

  it('are none when nothing is similar', () => {
    expect(nearest('lifecycle', known)).toEqual([])
    expect(didYouMean('lifecycle', known)).toBe('')
    expect(didYouMean('nmae', ['name'])).toBe('; did you mean name?')
  })

  it('of names longer than a hundred characters are none', () => {
    const long = 'x'.repeat(101)
    expect(nearest(long, [long])).toEqual([])
    expect(nearest('x'.repeat(100), [long, 'x'.repeat(99)])).toEqual(['x'.repeat(99)])
  })

  it('are searched among a limited number of names', () => {
    // 64 * 64 cells each: 48 of them are compared.
    const known = Array.from({ length: 100 }, (_, index) => `${'x'.repeat(61)}${100 + index}`)
    const wanted = `${'x'.repeat(61)}199`
    expect(nearest(wanted, known.toReversed())).toContain(wanted)
    expect(nearest(wanted, known)).not.toContain(wanted)
  })
})

describe('suggestions', () => {
  it('are made for the first 20 different names, each once', () => {
    const searched: string[] = []
    const suggest = suggester((name) => {
      searched.push(name)
      return `; ${name}?`
    })
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`)
    expect([...names, ...names].map(suggest).filter((text) => text !== '')).toHaveLength(40)
    expect(searched).toEqual(names.slice(0, 20))
  })
})

describe('a name in a message', () => {
  it('is cut after a hundred characters, never within one', () => {
    expect(shownName('acme')).toBe('acme')
    expect(shownName('x'.repeat(101))).toBe(`${'x'.repeat(100)}…`)
    expect(shownName(`${'x'.repeat(99)}👩x`).isWellFormed()).toBe(true)
    expect(shownNames(Array.from({ length: 52 }, (_, index) => `n${index}`))).toMatch(/^n0, n1, .*, n49 and 2 more$/)
  })
})

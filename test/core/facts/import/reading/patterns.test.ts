import { describe, expect, it } from 'vitest'
import { parseMapping } from '../../../../../src/core/facts/import/reading/parse-mapping.ts'
import { patternFinder, patternProblem } from '../../../../../src/core/facts/import/reading/patterns.ts'
import { withPrefixes } from '../../../../../src/core/facts/import/reading/prefixes.ts'

describe('a pattern', () => {
  it('is compared without regard to case, and the first that matches decides', () => {
    const find = patternFinder([
      ['/pricing\\b', 'pricing_page_visit'],
      ['/pricing-old', null],
      ['^https', 'web_visit'],
    ])
    expect(find('https://example.com/PRICING?x=1')).toBe('pricing_page_visit')
    expect(find('https://example.com/blog')).toBe('web_visit')
    expect(find('ftp://example.com')).toBeUndefined()
  })

  it.each([
    ['(', 'Unterminated group'],
    ['(a+)+$', 'may repeat characters, and no groups'],
    ['(?:a|b)*', 'may repeat characters, and no groups'],
    ['(a)\\1', 'no back references'],
    ['(?=a)', 'lookarounds'],
    ['.*a.*b.*c.*d', 'at most 3 repetitions'],
    ['a?'.repeat(28) + 'a'.repeat(28), 'alternatives'],
    [`${'(?:a|a)'.repeat(24)}b`, 'alternatives'],
    [`${'(?:a|(?:a|a))?'.repeat(10)}b`, 'alternatives'],
    ['(?:a|b)c+?(?:d|e)f{0,9}(?:g|h)?(?:i|j)', 'alternatives'],
    ['a'.repeat(201), 'longer than 200'],
  ])('%s is refused', (expression, message) => {
    expect(patternProblem(expression)).toContain(message)
    const columns = { source_id: 'id', occurred_at: 'at', kind: { column: 'page', patterns: [[expression, 'x']] } }
    expect(parseMapping({ kind: 'activities', columns })).toMatchObject({
      kind: 'refused',
      problems: [expect.stringContaining('columns.kind: pattern')],
    })
  })

  it.each([
    '[/_-](pricing|plans)\\b',
    '\\b(e-?book|white ?paper)\\b',
    'a.*b.*c.*d',
    '[*+]{2}',
    '\\(a\\)+',
    '^(?:senior |jr\\.? )?(?:vp|head|vice president)(?: of)? (?:sales|it|hr)',
    'a{3}b+?|c|d|e|f|g|h|i|j|k|l|m',
  ])('%s is taken', (expression) => {
    expect(patternProblem(expression)).toBeUndefined()
  })

  it('costs no more than its text is long allows', () => {
    const find = patternFinder([
      ['a.*b.*c.*d', 'x'],
      ['a*a*a*e', 'x'],
      [`${'(?:c|c)'.repeat(9)}d`, 'x'],
    ])
    const started = performance.now()
    expect(find('abc'.repeat(100_000))).toBeUndefined()
    expect(find('a'.repeat(100_000))).toBeUndefined()
    expect(find('c'.repeat(100_000))).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(60_000)
  })
})

describe('prefixes', () => {
  it('give every column further spellings, its own first', () => {
    const mapping = {
      prefixes: ['p.', 'p_'],
      columns: {
        name: 'a',
        title: { column: ['b', 'c'], when: { column: 'd', in: ['1'] } },
        full: { first_of: ['e', { template: '{f|g} {h}' }, { flags: [['i'], ['j', 'k']] }, { constant: 'x' }] },
      },
      where: [{ column: 'l', in: ['1'] }],
    }
    expect(withPrefixes(mapping)).toEqual({
      columns: {
        name: { column: ['a', 'p.a', 'p_a'] },
        title: { column: ['b', 'p.b', 'p_b', 'c', 'p.c', 'p_c'], when: { column: ['d', 'p.d', 'p_d'], in: ['1'] } },
        full: {
          first_of: [
            { column: ['e', 'p.e', 'p_e'] },
            { template: '{f|p.f|p_f|g|p.g|p_g} {h|p.h|p_h}' },
            {
              flags: [
                ['i', 'p.i', 'p_i'],
                ['j', 'p.j', 'p_j', 'k', 'p.k', 'p_k'],
              ],
            },
            { constant: 'x' },
          ],
        },
      },
      where: [{ column: ['l', 'p.l', 'p_l'], in: ['1'] }],
    })
  })

  it('that are none leave the mapping to be refused', () => {
    expect(parseMapping({ kind: 'accounts', prefixes: 'p.', columns: {} })).toMatchObject({
      kind: 'refused',
      problems: [expect.stringContaining('prefixes')],
    })
    expect(parseMapping('text')).toMatchObject({ kind: 'refused' })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseFacts } from '../../../../src/core/facts/import/json-text.ts'

describe('facts as JSON', () => {
  it.each([
    ['{"a":12345678901234567}', { a: '12345678901234567' }],
    ['{"a":-12345678901234567,"b":1}', { a: '-12345678901234567', b: 1 }],
    ['[9007199254740991.0,1.2345678901234567e5 , 1]', ['9007199254740991.0', '1.2345678901234567e5', 1]],
    ['12345678901234567', '12345678901234567'],
    ['["12345678901234567","\\"12345678901234567,",1]', ['12345678901234567', '"12345678901234567,', 1]],
    ['{"12345678901234567":1}', { '12345678901234567': 1 }],
    ['123456789012345', 123_456_789_012_345],
    ['1e20', 1e20],
  ])('%s keeps every digit', (text, value) => {
    expect(parseFacts(text)).toEqual(value)
  })

  it.each([
    '{12345678901234567:1}',
    '{12345678901234567 :1}',
    '[01234567890123456]',
    '[+12345678901234567]',
    '[12345678901234567.]',
    '[1 12345678901234567]',
    '[12345678901234567',
    '"12345678901234567',
    '12345678901234567-',
    '--12345678901234567',
  ])('%s is refused', (text) => {
    expect(() => parseFacts(text)).toThrow(SyntaxError)
  })

  it('are what a parser makes of them that looks at each number', () => {
    const number = fc.tuple(fc.bigInt(), fc.constantFrom('', '.5', 'e3')).map(([whole, rest]) => `${whole}${rest}`)
    const value = fc.oneof(
      number,
      fc.json({ depthSize: 'small' }),
      fc.string().map((text) => JSON.stringify(`1234567890123456${text}`)),
    )
    fc.assert(
      fc.property(fc.array(value), fc.constantFrom(',', ' ,\n'), (values, comma) => {
        const text = `{"a":[${values.join(comma)}]}`
        expect(parseFacts(text)).toEqual(JSON.parse(text, keepDigits))
      }),
    )
  })
})

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && /\d{16}/.test(context?.source ?? '') ? context?.source : value
}

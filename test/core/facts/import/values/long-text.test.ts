import { describe, expect, it } from 'vitest'
import { LIMIT_MS, threadCpuMs } from '../../../../../scripts/fuzz/main-thread.ts'
import { type FieldType, fieldReader } from '../../../../../src/core/facts/import/field-types.ts'
import { leftoverReader } from '../../../../../src/core/facts/import/reading/leftovers.ts'

/** Texts of 10,000 characters that almost match, each by another part of an expression. */
const PARTS = [
  '1',
  '1,',
  '1 ',
  '1.',
  '1-',
  '1e',
  '1k',
  '1 to ',
  '9 a ',
  ' ',
  '(',
  '.',
  'a@',
  '\u20AC',
  '/1',
  '1:',
  '0.',
]
const TEXTS = PARTS.flatMap((part) =>
  ['', '1 ', '>', '='].flatMap((start) => ['', ' !', 'k', ')'].map((end) => `${start}${part.repeat(2500)}${end}`)),
).map((text) => text.slice(0, 9999))

const TYPES = [
  'key', 'label', 'text', 'count', 'integer', 'money', 'currency', 'strength', 'boolean', 'instant', 'day', 'month',
  'domain', 'email', 'address', 'network', 'rate', 'number',
] as const // biome-ignore format: a list

/** Those that take longer than a twentieth of what one request may take in one piece, also when tried again. */
function slow(read: (text: string) => unknown): readonly string[] {
  const takesLong = (text: string) => {
    const before = threadCpuMs()
    read(text)
    return threadCpuMs() - before > LIMIT_MS / 20
  }
  return TEXTS.filter((text) => takesLong(text) && takesLong(text) && takesLong(text)).map((text) => text.slice(0, 20))
}

describe('a long text', () => {
  it.each<FieldType['type']>(TYPES)('that is no %s is refused at once', (type) => {
    const read = fieldReader({ type } as FieldType, {})
    expect(slow((text) => read(text, 'a column'))).toEqual([])
  })

  it('behind the name of a total is told from a sum at once', () => {
    const isLeftover = leftoverReader({ fields: [] })
    expect(slow((text) => isLeftover(['Total', text]))).toEqual([])
  })

  it.each<FieldType['type']>(['key', 'text', 'number', 'money', 'domain', 'email', 'day'])(
    'of a million characters is too long for a %s, whatever is in it',
    (type) => {
      const read = fieldReader({ type } as FieldType, {})
      expect(read('1;'.repeat(500_000), 'a column')).toMatchObject({ reason: 'too_long', value: expect.any(String) })
    },
  )
})

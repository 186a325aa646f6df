import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import { normalDomain, normalEmail } from '../../../../src/core/facts/identity/domains.ts'
import {
  canonicalKey,
  isPlainKey,
  isSeveralKeys,
  isUnknownText,
  keySpellings,
  noKeyBecause,
} from '../../../../src/core/facts/identity/keys.ts'

describe('an id of Salesforce', () => {
  it.each([
    // 00558000000yFyDAAU is the example of Salesforce's help, "Record IDs".
    ['00558000000yFyD', '00558000000yFyDAAU'],
    ['0015g00000XyZab', '0015g00000XyZabAAF'],
    ['a0B3t00000QrStU', 'a0B3t00000QrStUEAV'],
    ['701Hs00000aBcDe', '701Hs00000aBcDeIAK'],
  ])('of 15 characters, %s, is that of 18', (short, long) => {
    expect(canonicalKey(short)).toBe(long)
    expect(canonicalKey(long)).toBe(long)
    expect(keySpellings(short)).toEqual([short, long, short])
    expect(keySpellings(long)).toEqual([long, long, short])
  })

  it('distinguishes upper and lower case', () => {
    const ids = ['0065g00000AbCde', '0065g00000Abcde', '0065g00000ABCDE', '0065g00000abcde']
    expect(new Set(ids.map(canonicalKey)).size).toBe(4)
  })

  it('in lower case is restored by its checksum', () => {
    expect(canonicalKey('0015g00000xyzabaaf')).toBe('0015g00000XyZabAAF')
  })

  it('is read from its first 15 characters if the last three are wrong', () => {
    expect(canonicalKey('0015g00000XyZabAAD')).toBe('0015g00000XyZabAAF')
  })

  it.each([
    '001A000001AAAAAIA1',
    '006A000001AAAAAIA1',
    '123456789012345',
    '001500000000123456',
    'customer-number',
    'eventnumberfive',
    'abcdefghijklmno',
    '2024Order000015',
  ])('is not what %s is', (text) => expect(canonicalKey(text)).toBe(text))
})

describe('a key', () => {
  it.each([
    ['\uFEFFA1', 'A1'],
    ['A\u200B1', 'A1'],
    ['\u00A0A1\u00A0', 'A1'],
    ['A\u00AD1', 'A1'],
    ['\u202AA1\u202C', 'A1'],
    ['A1\u0007', 'A1'],
    ['A1\u2060\uFE0F', 'A1'],
    ['Acme\u00A0GmbH', 'Acme GmbH'],
    ['Acme\tGmbH', 'Acme GmbH'],
    ['Mu\u0308ller', 'M\u00FCller'],
    ['"A1"', 'A1'],
    ["'00123", '00123'],
    ['="00123"', '00123'],
    ['123.0', '123'],
    ['123456789012345.0', '123456789012345'],
    ['{6F9619FF-8B86-D011-B42D-00CF4FC964FF}', '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
    ['6F9619FF-8B86-D011-B42D-00CF4FC964FF', '6f9619ff-8b86-d011-b42d-00cf4fc964ff'],
  ])('%j is %s', (text, key) => expect(canonicalKey(text)).toBe(key))

  it.each(['00123', '123', 'a1', 'A1', '1.5', '1.10', '123.00.0', "O'Hara", '{A1}', 'A 1', '2.0.0', '1E5', '12e45'])(
    '%s stays as it is',
    (text) => expect([canonicalKey(text), noKeyBecause(text)]).toEqual([text, undefined]),
  )

  it.each(['1.23457E+11', '1,23457E+11', '2.00001e+11', '1.23457E11', '1E+11', '1.2E-05'])(
    'is refused if a spreadsheet rounded it: %s',
    (text) => expect(noKeyBecause(text)).toContain('rounded'),
  )

  it.each([
    '#N/A',
    '#REF!',
    '#VALUE!',
    '#NAME?',
    '#DIV/0!',
    '#NV',
    '#BEZUG!',
    '#NOM?',
    '#\u00A1REF!',
    '#SPILL!',
    'NULL',
    'null',
    'None',
    'nan',
    'NaT',
    '<NA>',
    '\\N',
    'undefined',
    '-',
    '\u2014',
    'n/a',
    'N/A',
  ])('is unknown if the text means a missing value: %s', (text) => {
    // biome-ignore format: a list
    expect(isUnknownText(text)).toBe(true)
    expect(noKeyBecause(text)).toContain('a missing value')
  })

  it.each(['NA', '#1', '#A1', 'Nonesuch', 'x-', '0', 'Nullarbor'])('%s is a key', (text) => {
    expect(isUnknownText(text)).toBe(false)
  })

  it.each([
    '71;72;73',
    '71; 72',
    '71,72',
    '71 | 72',
    '71\n72',
    '["71","72"]',
    '0015g00000XyZab,0015g00000XyZac',
    'a;b',
    '001-a; 001-b',
    'ann@acme.com;bob@acme.com',
    'Acme Corp.; M\u00FCller & Co',
    '{6F9619FF-8B86-D011-B42D-00CF4FC964FF};{6F9619FF-8B86-D011-B42D-00CF4FC964FE}',
  ])('is one, and %j are several', (text) => expect(isSeveralKeys(text)).toBe(true))

  it.each([
    '71',
    '71;',
    'Acme, Inc.',
    'a|b',
    '2024 001',
    'x,y',
    ';',
    `1'); drop table account; --`,
    '{"a";1}',
    'a=1;b=2',
  ])('%j is one', (text) => expect(isSeveralKeys(text)).toBe(false))
})

describe('a mailbox and a domain', () => {
  it.each(['acme.com\u200B', '\uFEFFacme.com', 'ac\u00ADme.com', '\u200Eacme.com', 'acme.com\u00A0', 'acme.com\r'])(
    '%j is acme.com',
    (text) => {
      expect(normalDomain(text)).toBe('acme.com')
      expect(normalEmail(`ann@${text}`)).toBe('ann@acme.com')
    },
  )

  it.each(['ann\u200B@acme.com', 'mailto:Ann@acme.com', 'Ann Example <ann@acme.com>', '<ann@acme.com>'])(
    '%j is ann@acme.com',
    (text) => expect(normalEmail(text)).toBe('ann@acme.com'),
  )

  it('of two addresses is unknown', () => {
    expect(normalEmail('b@acme.com; b2@acme.com')).toBeUndefined()
    expect(normalDomain('www.acme.com / www.acme.org')).toBeUndefined()
  })
})

describe('a plain id', () => {
  const { pick } = createRandom('plain ids')
  const signs = [...'0123456789aAeEfFnNuUzZ_-', ...'.,;+\'"#{} ', '\u00a0', '\u200b', '\u0660', '\u00e9']
  const written = Array.from({ length: 40_000 }, (_, index) =>
    Array.from({ length: 1 + (index % 40) }, () => pick(index % 3 === 0 ? signs : signs.slice(0, 24))).join(''),
  )
  const known = [
    '1E-5', '-1e-05', '1E5', 'null', 'NULL', '-', '--', 'nan', 'None', 'n/a', '123.0', '0015g00000XyZab', '0015g00000xyzabaaf',
    'A1B2C3D4-0000-4000-8000-00000000000F', '{A1B2C3D4-0000-4000-8000-00000000000F}', '71;72', '"A1"', "'A1", '#N/A',
  ] // biome-ignore format: a list

  it('has itself as its only spelling', () => {
    const plain = [...written, ...known].filter(isPlainKey)
    expect(plain.length).toBeGreaterThan(10_000)
    const wrong = plain.filter(
      (text) => canonicalKey(text) !== text || isSeveralKeys(text) || noKeyBecause(text) !== undefined,
    )
    expect(wrong).toEqual([])
  })

  it.each(['A100000', 'v-17', 'a_b_3', '12345678901', 'C-1-1'])('%s is one', (text) =>
    expect(isPlainKey(text)).toBe(true),
  )
})

describe('an email address as it is kept', () => {
  it.each([
    'ann@acme.com',
    'a.b-c_d+e@x-1.acme.co.uk',
    'ann@acme',
    'ann@-acme.com',
    'ann@acme-.com',
    'ann@acme.c',
    `${'a'.repeat(65)}@acme.com`,
    `${'a'.repeat(64)}@acme.com`,
    `a@${'b'.repeat(64)}.com`,
    'ann@acme.com.',
    'Ann@acme.com',
    'a@b@acme.com',
    '@acme.com',
    'ann@_dmarc.acme.com',
  ])('%s is read as within angle brackets', (text) => {
    // biome-ignore format: a list
    // These are taken off on the other way.
    expect(normalEmail(text)).toBe(normalEmail(`<${text}>`))
  })
})

import { describe, expect, it } from 'vitest'
import { unmappedAddress } from '../../../../src/core/facts/identity/addresses.ts'

describe('an IPv4 address written as IPv6', () => {
  it.each([
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:0a01:0203', '10.1.2.3'],
    ['0:0:0:0:0:ffff:192.0.2.255', '192.0.2.255'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:192.0.2.7/128', '192.0.2.7/32'],
  ])('%s is %s', (text, plain) => {
    expect(unmappedAddress(text)).toBe(plain)
  })

  it.each([
    '10.1.2.3',
    '10.0.0.0/8',
    '2001:db8::1',
    '2001:db8::/32',
    '::1',
    '::/0',
    '::ffff:0:0/90',
    '64:ff9b::10.1.2.3',
  ])('leaves %s unchanged', (text) => {
    expect(unmappedAddress(text)).toBe(text)
  })
})

import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { positiveNumber, share, signedNumber, specificationOption, wholeNumber } from '../../scripts/arguments.ts'

describe('a whole number', () => {
  it('is digits within its limits', () => {
    expect(wholeNumber(1)('2000')).toBe(2000)
    expect(wholeNumber(0, 65_535)('65535')).toBe(65_535)
  })

  it.each(['1e3', '0x10', ' 5', '5 ', '', '1.5', '-3', '+3', '٣', '1_000', '99', '10000000'])('is not %j', (text) => {
    expect(() => wholeNumber(600)(text)).toThrow(`must be a whole number from 600 to 9999999, got "${text}"`)
  })
})

describe('a decimal number', () => {
  it('has digits and a point', () => {
    expect([positiveNumber('12.5'), positiveNumber('.5'), signedNumber('-0.25'), signedNumber('0')]).toEqual([
      12.5, 0.5, -0.25, 0,
    ])
  })

  it.each(['1e3', '0x10', '', ' ', '1,5', 'Infinity', 'NaN', '--1', '5.'])('is not %j', (text) => {
    expect(() => positiveNumber(text)).toThrow(`must be a positive number, got "${text}"`)
    expect(() => signedNumber(text)).toThrow(`must be a number, got "${text}"`)
  })

  it('is positive where it has to be', () => {
    for (const text of ['0', '-1']) expect(() => positiveNumber(text)).toThrow('must be a positive number')
  })
})

describe('a share', () => {
  it('is a part of one or a percentage', () => {
    expect([share()('0.05'), share()('5%'), share()('0'), share()('1')]).toEqual([0.05, 0.05, 0, 1])
  })

  it.each(['20', '101%', '1e-1', '', '%', '-0.1', '0.1.2'])('is not %j', (text) => {
    expect(() => share()(text)).toThrow(`must be a share from 0% to 100%, such as 5% or 0.05, got "${text}"`)
  })

  it('may leave out its ends', () => {
    expect(() => share({ zero: true })('0')).toThrow('must be a share above 0% to 100%')
    expect(() => share({ zero: true, one: true })('100%')).toThrow('must be a share above 0% and below 100%')
  })
})

describe('the folder of models', () => {
  const folderOf = (...args: string[]) =>
    new Command().addOption(specificationOption('x')).parse(args, { from: 'user' }).opts()

  it('has one option with two names', () => {
    expect(folderOf('--models', 'ours')).toEqual({ specification: 'ours' })
    expect(folderOf('--specification', 'ours')).toEqual({ specification: 'ours' })
    expect(folderOf()).toEqual({ specification: 'models' })
  })
})

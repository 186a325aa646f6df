import { describe, expect, it } from 'vitest'
import { checkTarget, formatTarget, refusalOfAddress } from '../../../../src/core/delivery/webhooks/target.ts'
import { INSIDE_ADDRESSES, INSIDE_URLS } from '../../../support/inside-urls.ts'

const RULES = { ports: [443], loopback: [] }
const reasonOf = (url: string, rules: Parameters<typeof checkTarget>[1] = RULES) => {
  const target = checkTarget(url, rules)
  return target.kind === 'refused' ? target.reason : undefined
}

describe('where a webhook may go', () => {
  it.each(INSIDE_URLS)('refuses %s', (url) => {
    expect(reasonOf(url)).toMatch(/^must /)
  })

  it.each(INSIDE_ADDRESSES)('refuses a name that resolves to %s', (address) => {
    expect(refusalOfAddress(address)).toMatch(/^must be /)
  })

  it('allows https to public names and addresses, and keeps the URL unchanged', () => {
    expect(checkTarget('https://crm.example.com/hooks?team=7', RULES)).toEqual({
      kind: 'allowed',
      protocol: 'https:',
      host: 'crm.example.com',
      hostname: 'crm.example.com',
      port: 443,
      path: '/hooks?team=7',
      address: null,
    })
    for (const url of ['https://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://bücher.example/']) {
      expect(reasonOf(url)).toBeUndefined()
    }
    for (const address of ['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111']) {
      expect(refusalOfAddress(address)).toBeUndefined()
    }
  })

  it('allows other ports only if the operator lists them, and by https only', () => {
    expect(reasonOf('https://crm.example.com:8443/')).toBe('must use port 443, not 8443')
    expect(reasonOf('https://crm.example.com:8443/', { ports: [443, 8443], loopback: [] })).toBeUndefined()
    expect(reasonOf('http://crm.example.com/', { ports: [80, 443], loopback: [] })).toBe('must begin with https://')
  })

  it('allows only the listed addresses of this machine', () => {
    const rules = { ports: [443], loopback: ['127.0.0.1:4010', '[::1]:4011'] }
    expect(reasonOf('http://127.0.0.1:4010/hook', rules)).toBeUndefined()
    expect(reasonOf('https://[::1]:4011/', rules)).toBeUndefined()
    for (const url of ['http://127.0.0.1:4011/', 'http://127.0.0.2:4010/', 'http://localhost:4010/', 'http://[::1]/']) {
      expect(reasonOf(url, rules)).toBeDefined()
    }
    expect(reasonOf('http://10.0.0.1:4010/', { ports: [443], loopback: ['10.0.0.1:4010'] })).toBeDefined()
  })

  it('names the setting that allows webhooks on this machine', () => {
    for (const url of ['http://127.0.0.1:4010/', 'https://[::1]/', 'http://localhost:4010/hook', 'https://0x7f.1/']) {
      expect(reasonOf(url)).toContain('WEBHOOK_LOOPBACK')
    }
    expect(reasonOf('https://10.0.0.1/')).not.toContain('WEBHOOK_LOOPBACK')
  })

  it.each(['168.63.129.16', '192.80.8.124', '161.26.0.6', '166.9.1.1', '35.199.192.1', '199.36.153.8'])(
    'refuses %s, a metadata address of a cloud',
    (address) => {
      expect(refusalOfAddress(address)).toContain('platform service of a cloud')
      expect(reasonOf(`https://${address}/`)).toContain('platform service of a cloud')
    },
  )

  it.each(['168.63.129.15', '168.63.129.17', '166.7.255.255', '166.12.0.0', '35.199.224.0'])('allows %s', (address) => {
    expect(refusalOfAddress(address)).toBeUndefined()
  })

  it.each(['\u0000', '\t', '\n', '\r', '\u007f', '\u0085', ' ', '\u00a0', '\u200b', '\u202e', '\ufeff', '\ud800'])(
    'refuses a URL with %j in it, for which programs would call another URL',
    (unseen) => {
      for (const url of [
        `https://example${unseen}.com/`,
        `https://example.com/${unseen}`,
        `${unseen}https://example.com/`,
      ]) {
        expect(reasonOf(url)).toBe('must not hold spaces, control or invisible characters')
      }
    },
  )

  it.each([
    ['https://a.example\\@127.0.0.1/', 'must not hold a backslash: write / or %5C'],
    ['https://a.example\\.b.example/', 'must not hold a backslash: write / or %5C'],
    ['https:\\\\a.example/', 'must not hold a backslash: write / or %5C'],
    ['https://a.example/x\\y', 'must not hold a backslash: write / or %5C'],
    ['https://@a.example/', 'must not hold a user name or password'],
    ['https://:@a.example/', 'must not hold a user name or password'],
    ['https:///@a.example/', 'must be written as https://a.example/'],
    ['https:a.example/', 'must be written as https://a.example/'],
    ['https:/a.example/', 'must be written as https://a.example/'],
    ['https:///a.example/', 'must be written as https://a.example/'],
    ['https://a.example:/', 'must be written as https://a.example/'],
    ['https://a.example:0443/', 'must be written as https://a.example/'],
    ['https://a%2eexample/', 'must write its host as a.example'],
    ['https://%61.example/', 'must write its host as a.example'],
    ['https://a\u3002example/', 'must write its host as a.example'],
    ['https://a\uff0eexample/', 'must write its host as a.example'],
    ['https://a\uff61example/', 'must write its host as a.example'],
    ['https://\uff41.example/', 'must write its host as a.example'],
    ['https://a\u2460.example/', 'must write its host as a1.example'],
    ['https://\uff18.\uff18.\uff18.\uff18/', 'must write its host as 8.8.8.8'],
    ['https://134744072/', 'must write its host as 8.8.8.8'],
    ['https://0x8.010.8.8/', 'must write its host as 8.8.8.8'],
    ['https://8.2056/', 'must write its host as 8.0.8.8'],
  ])('refuses %j, which programs parse differently', (url, reason) => {
    expect(reasonOf(url)).toBe(reason)
  })

  it('refuses another spelling of an allowed address of this machine', () => {
    const rules = { ports: [443], loopback: ['127.0.0.1:4010'] }
    expect(reasonOf('http://2130706433:4010/', rules)).toBe('must write its host as 127.0.0.1')
  })

  it.each([
    ['https://CRM.Example.com', 'https://crm.example.com/'],
    ['HTTPS://crm.example.com:443/a/./b/../c?x=%5C', 'https://crm.example.com/a/c?x=%5C'],
    ['https://crm.example.com?a@b', 'https://crm.example.com/?a@b'],
    ['https://crm.example.com/a@b:c', 'https://crm.example.com/a@b:c'],
    ['https://bu\u0308cher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['https://[2606:4700:0::1111]/', 'https://[2606:4700::1111]/'],
  ])('reads %s as %s', (url, read) => {
    const target = checkTarget(url, RULES)
    expect(target.kind === 'allowed' && formatTarget(target)).toBe(read)
  })
})

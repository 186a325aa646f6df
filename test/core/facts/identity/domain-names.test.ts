import { describe, expect, it } from 'vitest'
import { DOMAIN_RULES, domainNames, FREE_MAIL_DOMAINS } from '../../../../src/core/facts/identity/domain-names.ts'
import { normalDomain } from '../../../../src/core/facts/identity/domains.ts'

describe('the names of a domain', () => {
  it.each<[string, readonly string[]]>([
    ['acme.com', ['acme.com']],
    ['news.acme.co.uk', ['news.acme.co.uk', 'acme.co.uk']],
    ['a.b.acme.com.au', ['a.b.acme.com.au', 'b.acme.com.au', 'acme.com.au']],
    // A rule with a wildcard (*.ck) and its exception (!www.ck).
    ['shop.acme.co.ck', ['shop.acme.co.ck', 'acme.co.ck']],
    ['www.ck', ['www.ck']],
    ['xn--mller-kva.xn--p1ai', ['xn--mller-kva.xn--p1ai']],
    // Not on the list, as in a company's own network: the last label is taken for the suffix.
    ['crm.acme.internal', ['crm.acme.internal', 'acme.internal']],
  ])('of %s: %j', (domain, names) => {
    expect(domainNames(domain)).toEqual(names)
  })

  it('stop at a private suffix, below which anyone can register a name', () => {
    expect(domainNames('www.acme.github.io')).toEqual(['www.acme.github.io', 'acme.github.io'])
    expect(domainNames('acme.myshopify.com')).toEqual(['acme.myshopify.com'])
  })

  it.each(['co.uk', 'com', 'github.io', 'gmail.com', 'googlemail.com', 'posteo.de'])(
    '%s identifies no account',
    (domain) => {
      expect(domainNames(domain)).toEqual([])
    },
  )

  it('below a free-mail domain are kept, and the free-mail domain is not', () => {
    expect(domainNames('corp.mail.ru')).toEqual(['corp.mail.ru'])
  })
})

describe('free-mail domains', () => {
  it('are those of the package, what we add to them, and not what we take out', () => {
    expect(FREE_MAIL_DOMAINS.size).toBeGreaterThan(8000)
    expect(['yahoo.co.jp', 'tutanota.com', 'mail.de'].every((domain) => FREE_MAIL_DOMAINS.has(domain))).toBe(true)
    expect(FREE_MAIL_DOMAINS.has('facebook.com')).toBe(false)
    expect(
      ['google.com', 'ibm.com', 'siemens.com', 'harvard.edu'].filter((domain) => FREE_MAIL_DOMAINS.has(domain)),
    ).toEqual([])
  })

  it('are in the spelling of domains', () => {
    const odd = [...FREE_MAIL_DOMAINS].filter((domain) => normalDomain(domain) !== domain)
    expect(odd).toEqual([])
  })

  it('and the suffixes have one digest', () => {
    expect(DOMAIN_RULES).toMatch(/^[0-9a-f]{16}$/)
  })
})

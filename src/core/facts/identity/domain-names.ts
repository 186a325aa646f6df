import { createHash } from 'node:crypto'
import emailProviders from 'email-providers/all.json' with { type: 'json' }
import { getDomain } from 'tldts'
import tldts from 'tldts/package.json' with { type: 'json' }
import ours from '../../../../models/free-mail-domains.json' with { type: 'json' }
import { normalDomain } from './domains.ts'

/** Domains that anybody may have an address in: they identify a person, never a company. */
export const FREE_MAIL_DOMAINS: ReadonlySet<string> = freeMailOf(emailProviders, ours)

/**
 * Stands for the lists by which `domainNames` answers: the public suffixes, by the version of the package that carries
 * them, and the free-mail domains.
 */
export const DOMAIN_RULES: string = createHash('sha256')
  .update([tldts.version, ...FREE_MAIL_DOMAINS].join('\n'))
  .digest('hex')
  .slice(0, 16)

/**
 * The names under which an account may be found that claims a domain, most specific first: the domain itself, then those
 * above it up to the registrable one. `shop.news.acme.co.uk` gives itself, `news.acme.co.uk` and `acme.co.uk`.
 *
 * None for what identifies nobody: a free-mail domain, and a public suffix such as `co.uk` or `github.io`, below which
 * anybody may have a name. Private suffixes count, so `acme.github.io` is Acme's and leads to nobody else.
 *
 * @param domain in the spelling of `normalDomain`
 */
export function domainNames(domain: string): readonly string[] {
  const registrable = getDomain(domain, { allowPrivateDomains: true, extractHostname: false, validateHostname: false })
  if (registrable === null) return []
  const names = [registrable]
  const below = domain.slice(0, -registrable.length - 1).split('.')
  for (const label of below.toReversed()) if (label !== '') names.unshift(`${label}.${names[0]}`)
  return names.filter((name) => !FREE_MAIL_DOMAINS.has(name))
}

/** @param packaged the kept list, in whatever spelling @param own what the company adds to it and takes out of it */
function freeMailOf(packaged: readonly string[], own: { readonly add: string[]; readonly remove: string[] }) {
  const removed = new Set(own.remove)
  const domains = [...packaged, ...own.add].flatMap((text) => normalDomain(text) ?? [])
  return new Set(domains.filter((domain) => !removed.has(domain)).toSorted())
}

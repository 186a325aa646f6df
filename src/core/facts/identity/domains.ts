import { visibleText } from './visible-text.ts'

const HOST = /^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
/** Of a name that is not yet in ASCII: a domain has 253 characters. */
const LONGEST = 1000
/** Most addresses are written as they are kept: a MAILBOX of the usual characters at a HOST, in lower case. */
const NORMAL_EMAIL = /^[a-z0-9_.+-]{1,64}@(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//
const MAILBOX = /^[^\s@"(),:;<>[\\\]]{1,64}$/

/**
 * The one spelling under which a domain is kept: lower case, ASCII, without scheme, path, port, `www.` or trailing dot.
 * `https://www.Müller.de/kontakt` gives `xn--mller-kva.de`.
 * @returns undefined when what is left is not a domain name with at least two labels.
 */
export function normalDomain(text: string): string | undefined {
  const lower = visibleText(text).toLowerCase().replace(SCHEME, '')
  const host = /[/?#:]/.test(lower) ? lower.replace(/[/?#:].*$/s, '') : lower
  const ascii = isAscii(host) ? host : toAscii(host)
  const full = ascii.replace(/\.$/, '')
  const bare = full.replace(/^www\.(?=.*\.)/, '')
  return HOST.test(bare) && !/^[\d.]+$/.test(bare) ? bare : undefined
}

/** Also of `mailto:ann@acme.com` and `Ann Example <ann@acme.com>`. Lower case throughout: no mail system in use tells `Ann@` from `ann@`. */
export function normalEmail(text: string): string | undefined {
  if (NORMAL_EMAIL.test(text)) return text
  const visible = visibleText(text)
  const trimmed = (/^[^@<>;]*<([^<>]+)>$/.exec(visible)?.[1] ?? visible).replace(/^mailto:/i, '').trim()
  const at = trimmed.lastIndexOf('@')
  const domain = at > 0 ? normalDomainOfEmail(trimmed.slice(at + 1)) : undefined
  const mailbox = trimmed.slice(0, Math.max(at, 0)).toLowerCase()
  return domain && MAILBOX.test(mailbox) ? `${mailbox}@${domain}` : undefined
}

/** `www.` is a web server's habit; in an email address it is part of the name. */
function normalDomainOfEmail(text: string): string | undefined {
  const lower = text.toLowerCase()
  const ascii = isAscii(lower) ? lower : toAscii(lower)
  const bare = ascii.replace(/\.$/, '')
  return HOST.test(bare) ? bare : undefined
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false
  return true
}

function toAscii(host: string): string {
  if (host.length > LONGEST) return ''
  const url = `http://${host}`
  return URL.canParse(url) ? new URL(url).hostname : ''
}

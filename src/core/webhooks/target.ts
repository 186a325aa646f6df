import ipaddr from 'ipaddr.js'

/** What the operator allows beyond https to public addresses. */
export interface TargetRules {
  readonly ports: readonly number[]
  /** Places on this machine, as `127.0.0.1:4010` or `[::1]:4010`: by http too, for trying webhooks out. */
  readonly loopback: readonly string[]
}

export interface Target {
  readonly kind: 'allowed'
  readonly protocol: 'https:' | 'http:'
  /** As the header Host says it. */
  readonly host: string
  /** Without brackets. */
  readonly hostname: string
  readonly port: number
  readonly path: string
  /** Set where the URL names an address itself: nothing is left to be resolved. */
  readonly address: string | null
}

export interface RefusedTarget {
  readonly kind: 'refused'
  /** Of the URL, for whoever gave it. */
  readonly reason: string
}

export const LONGEST_URL = 2000
const LOCAL_NAMES = ['localhost', 'local', 'localdomain', 'internal', 'intranet', 'home.arpa', 'onion']

/**
 * Whether a webhook may be sent to a URL, as far as the URL itself tells; `refusalOfAddress` tells the rest once its name is
 * resolved. Both are asked at every sending, since a name may mean another address each time.
 *
 * Any way of writing an address counts: the URL standard reads `2130706433`, `0x7f.1` and full-width digits as 127.0.0.1.
 */
export function checkTarget(text: string, rules: TargetRules): Target | RefusedTarget {
  const url = text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined
  if (!url) return refused(`must be a URL of at most ${LONGEST_URL} characters`)
  const { protocol } = url
  if (protocol !== 'https:' && protocol !== 'http:') return refused('must begin with https://')
  if (url.username !== '' || url.password !== '') return refused('must not hold a user name or password')
  if (url.hash !== '') return refused('must not have a fragment: it is never sent')
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (protocol === 'https:' ? 443 : 80) : Number(url.port)
  const address = ipaddr.isValid(hostname) ? hostname : null
  const target: Target = {
    kind: 'allowed',
    protocol,
    host: url.host,
    hostname,
    port,
    path: `${url.pathname}${url.search}`,
    address,
  }
  if (isAllowedLoopback(target, rules)) return target
  if (protocol !== 'https:') return refused('must begin with https://')
  if (!rules.ports.includes(port)) return refused(`must use port ${rules.ports.join(' or ')}, not ${port}`)
  const reason = address === null ? refusalOfName(hostname) : refusalOfAddress(address)
  return reason === undefined ? target : refused(reason)
}

/** Whether the URL names a place on this machine that the operator allows. */
export function isAllowedLoopback({ address, port }: Target, { loopback }: TargetRules): boolean {
  if (address === null || ipaddr.parse(address).range() !== 'loopback') return false
  return loopback.includes(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)
}

/**
 * Why nothing is sent to an address: whatever is not for everybody on the internet. Addresses that carry another one inside
 * (IPv4-mapped, 6to4, Teredo, NAT64) are refused whole, so that none leads back inside.
 * @returns undefined for a public address
 */
export function refusalOfAddress(address: string): string | undefined {
  if (!ipaddr.isValid(address) || address.includes('%')) return 'must be an address without a zone'
  const parsed = ipaddr.parse(address)
  const range = parsed.range()
  if (range !== 'unicast') return `must be a public address, and this is ${RANGES[range] ?? `reserved (${range})`}`
  // Of IPv6 only 2000::/3 is given to anybody; the rest is unassigned, or old forms such as ::7f00:1.
  if (parsed.kind() === 'ipv6' && !parsed.match(GLOBAL_IPV6)) return 'must be a public address, and this is unassigned'
  return undefined
}

const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')
const RANGES: Readonly<Record<string, string>> = {
  loopback: 'this machine itself',
  private: 'a private network',
  uniqueLocal: 'a private network',
  linkLocal: 'link-local, where clouds keep their metadata',
  carrierGradeNat: 'the network of a provider',
  multicast: 'multicast',
  unspecified: 'no address of a machine',
}

function refusalOfName(hostname: string): string | undefined {
  const name = hostname.replace(/\.+$/, '')
  const isLocal = LOCAL_NAMES.some((local) => name === local || name.endsWith(`.${local}`))
  return name.includes('.') && !isLocal ? undefined : 'must be a name that everybody on the internet can resolve'
}

function refused(reason: string): RefusedTarget {
  return { kind: 'refused', reason }
}

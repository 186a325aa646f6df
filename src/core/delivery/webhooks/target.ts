import ipaddr from 'ipaddr.js'
import { holdsSecret } from '../../base/secrets.ts'

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
  /** The reason of the refusal, for the caller. */
  readonly reason: string
}

export const LONGEST_URL = 2000
const LOCAL_NAMES = [
  ...['localhost', 'local', 'localdomain', 'internal', 'intranet', 'private', 'lan', 'home', 'corp', 'home.arpa'],
  // Names of a cluster, and what no name server answers.
  ...['svc', 'consul', 'onion', 'invalid', 'alt'],
]
/** The URL standard drops or encodes these silently, so that another URL would be called than was read. */
const UNSEEN = /[\p{C}\s]/u
/** A URL as every parser splits it: two slashes, a host, a port without leading zeros. Browsers accept more. */
const PLAIN_URL = /^https?:\/\/(?<host>\[[\da-f:.]+\]|[^:/?#@[\]]+)(?::[1-9]\d*)?(?:[/?].*)?$/i

/**
 * Whether a webhook may be sent to a URL, as far as the URL itself tells; `refusalOfAddress` tells the rest once its name is
 * resolved. Both are asked at every sending, since a name may mean another address each time.
 *
 * Any way of writing an address counts: the URL standard reads `2130706433`, `0x7f.1` and full-width digits as 127.0.0.1.
 */
export function checkTarget(text: string, rules: TargetRules): Target | RefusedTarget {
  if (UNSEEN.test(text)) return refused('must not hold spaces, control or invisible characters')
  // The URL standard reads it as /, other parsers as part of the host or of a user name.
  if (text.includes('\\')) return refused('must not hold a backslash: write / or %5C')
  if (holdsSecret(text)) return refused('must not hold an API key or webhook secret of this service: revoke it')
  const url = text.length <= LONGEST_URL && URL.canParse(text) ? new URL(text) : undefined
  if (!url) return refused(`must be a URL of at most ${LONGEST_URL} characters`)
  const { protocol } = url
  if (protocol !== 'https:' && protocol !== 'http:') return refused('must begin with https://')
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?#]*@/.test(text))
    return refused('must not hold a user name or password')
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
  if (isAllowedLoopback(target, rules)) return asWritten(text, target)
  if (isLoopback(target)) return refused(HOW_TO_USE_LOOPBACK)
  if (protocol !== 'https:') return refused('must begin with https://')
  if (!rules.ports.includes(port)) return refused(`must use port ${rules.ports.join(' or ')}, not ${port}`)
  const reason = address === null ? refusalOfName(hostname) : refusalOfAddress(address)
  return reason === undefined ? asWritten(text, target) : refused(reason)
}

/** The URL of a target as the URL standard writes it. */
export function formatTarget({ protocol, host, path }: Target): string {
  return `${protocol}//${host}${path}`
}

/**
 * The target, unless the URL writes its host in another way than it is called: `0x8.0x8.8.8`, `%65xample.com`, full-width letters and
 * digits, other dots than the ASCII one. People and other parsers would read another host there.
 */
function asWritten(text: string, target: Target): Target | RefusedTarget {
  const host = PLAIN_URL.exec(text)?.groups?.['host']
  if (host === undefined) return refused(`must be written as ${formatTarget(target)}`)
  const isAscii = /^[\x21-\x7e]+$/.test(host)
  const isPlain = isAscii
    ? host.startsWith('[') || host.toLowerCase() === target.hostname
    : /^[\p{L}\p{M}\d.-]+$/u.test(host) && host.normalize('NFKC') === host.normalize('NFC')
  return isPlain ? target : refused(`must write its host as ${target.hostname}`)
}

/** Whether the URL names a place on this machine that the operator allows. */
export function isAllowedLoopback({ address, port }: Target, { loopback }: TargetRules): boolean {
  if (address === null || !isLoopback({ address, hostname: address })) return false
  return loopback.includes(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)
}

function isLoopback({ address, hostname }: Pick<Target, 'address' | 'hostname'>): boolean {
  if (address !== null) return ipaddr.parse(address).range() === 'loopback'
  return /(?:^|\.)localhost\.*$/.test(hostname)
}

const HOW_TO_USE_LOOPBACK =
  'must be a public address, and this is this machine itself: to try webhooks out, set WEBHOOK_LOOPBACK to its address and ' +
  'port, such as 127.0.0.1:4010'

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
  if (parsed.kind() === 'ipv4' && PLATFORMS.some((network) => parsed.match(network))) {
    return 'must be a public address, and this is a platform service of a cloud, reached from inside only'
  }
  // Of IPv6 only 2000::/3 is given to anybody; the rest is unassigned, or old forms such as ::7f00:1.
  if (parsed.kind() === 'ipv6' && !parsed.match(GLOBAL_IPV6)) return 'must be a public address, and this is unassigned'
  return undefined
}

/**
 * Registered as public, and answered inside a cloud by the cloud itself, with credentials or settings of the machine that
 * asks. Other metadata addresses are link-local, private, a provider's network or reserved.
 */
const PLATFORMS = [
  // Azure: machine agent, DNS and health.
  '168.63.129.16/32',
  // Equinix Metal: metadata.
  '192.80.8.124/32',
  // IBM Cloud: service and private endpoints.
  '161.26.0.0/16',
  '166.8.0.0/14',
  // Google Cloud: DNS forwarding and proxies, private access to its APIs.
  '35.199.192.0/19',
  '199.36.153.0/24',
].map((network) => ipaddr.IPv4.parseCIDR(network))
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

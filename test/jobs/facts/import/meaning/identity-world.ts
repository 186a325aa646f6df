import type { Random } from '../../../../../src/core/base/random.ts'
import type { ImportKind } from '../../../../../src/core/facts/import/kinds.ts'

export interface File {
  readonly kind: ImportKind
  readonly csv: string
}

const ACCOUNTS = ['A', 'B', 'C', 'D']
const DOMAINS = ['acme.com', 'eu.acme.com', 'beta.co.uk', 'news.beta.co.uk', 'gmail.com', 'x.github.io']
const NETWORKS = ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.0/24', '2001:db8::/32', '2001:db8:1::/48']
const IPS = ['10.1.2.3', '10.2.2.3', '::ffff:10.1.9.9', '2001:db8:1::5', '192.0.2.1']
const CONTACTS = ['p', 'q', 'r']
const EMAILS = ['p@acme.com', 'q@gmail.com', 'zoe@news.beta.co.uk', 'r@shop.eu.acme.com']

const day = (random: Random) => `2024-0${1 + random.integer(9)}-1${random.integer(10)}T00:00:00Z`
const sometimes = (random: Random, make: () => string, share = 0.5) => (random.next() < share ? make() : '')

/** A small world full of conflicting claims, in files of one to three rows. */
export function makeWorld(random: Random): File[] {
  const pick = (items: readonly string[]) => () => random.pick(items)
  const dated = () => sometimes(random, () => day(random), 0.7)
  const accounts = ACCOUNTS.map((id) => `${id},${dated()},${sometimes(random, pick(DOMAINS), 0.7)}`)
  const links = Array.from({ length: 8 }, () => {
    const [kind, values] = random.pick([
      ['domain', DOMAINS],
      ['network', NETWORKS],
      ['visitor', ['v1', 'v2']],
    ] as const)
    return `${random.pick(ACCOUNTS)},${kind},${random.pick(values)},${dated()}`
  })
  if (random.next() < 0.5) links.push(`B,merge,C,${dated()}`)
  const contacts = CONTACTS.flatMap((id) =>
    Array.from({ length: 1 + random.integer(2) }, (_, index) => {
      const knownAt = `2024-0${2 + 4 * index}-${10 + random.integer(9)}T00:00:00Z`
      return `${id},${sometimes(random, pick(ACCOUNTS), 0.8)},${sometimes(random, pick(EMAILS))},${knownAt}`
    }),
  )
  const activities = Array.from({ length: 30 }, (_, index) => {
    const named = `${sometimes(random, pick([...CONTACTS, 'nobody']), 0.3)},${sometimes(random, pick([...ACCOUNTS, 'X']), 0.15)}`
    const addresses = `${sometimes(random, pick(EMAILS), 0.3)},${sometimes(random, pick([...DOMAINS, 'shop.acme.com']), 0.4)}`
    const technical = `${sometimes(random, pick(IPS), 0.4)},${sometimes(random, pick(['v1', 'v2', 'v3']), 0.3)}`
    return `${index},web_visit,${day(random)},buyer,${named},${addresses},${technical}`
  })
  const events = Array.from({ length: 8 }, (_, index) => {
    return `${index},funding,${day(random)},${sometimes(random, pick(ACCOUNTS), 0.2)},${random.pick(DOMAINS)}`
  })
  return [
    ...files('accounts', 'external_id,known_at,domain', accounts, 2),
    ...files('account-links', 'account_external_id,kind,value,known_at', links, 3),
    ...files('contacts', 'external_id,account_external_id,email,known_at', contacts, 2),
    ...files(
      'activities',
      'source_id,kind,occurred_at,initiated_by,contact_external_id,account_external_id,email,domain,ip,visitor_id',
      activities,
      10,
    ),
    ...files('business-events', 'source_id,kind,occurred_at,account_external_id,domain', events, 4),
  ]
}

function files(kind: ImportKind, header: string, rows: readonly string[], rowsPerFile: number): File[] {
  const count = Math.ceil(rows.length / rowsPerFile)
  return Array.from({ length: count }, (_, index) => {
    const part = rows.slice(index * rowsPerFile, (index + 1) * rowsPerFile)
    return { kind, csv: `${header}\n${part.join('\n')}\n` }
  })
}

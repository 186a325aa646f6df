import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ImportKind } from '../../../../src/core/facts/import/kinds.ts'
import { createRandom, type Random } from '../../../../src/core/base/random.ts'
import { FACT_TABLES } from '../../../../src/store/facts/import/write/fact-tables.ts'
import { lockFacts } from '../../../../src/store/facts/import/write/lock-facts.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'
import { untilSessionsWait } from '../../../support/server/waiting-sessions.ts'

// Whatever the order and interleaving of imports, a fact has the account that is due by what is stored in the end.

/** `WORLDS=4 npm test -- identity-order` for the long version. */
const WORLDS = Number(process.env['WORLDS'] ?? 2)

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ maxConnections: 12 })
})
afterAll(() => database.drop())
beforeEach(() => empty())

const empty = () =>
  database.pool.query(`truncate account, contact, activity, intent_signal, business_event, customer_event, opportunity,
    feed_start, web_domain, identity_change cascade`)

interface File {
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
function makeWorld(random: Random): File[] {
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

async function importFile({ kind, csv }: File): Promise<void> {
  await importText(database, kind, csv, { batchRows: 3 })
}

/** What links tie together must be there first. */
async function importAll(all: readonly File[]): Promise<void> {
  const accounts = all.filter(({ kind }) => kind === 'accounts')
  const links = all.filter(({ kind }) => kind === 'account-links')
  const waiting = new Set(links)
  let left = accounts.length
  for (const file of all.filter(({ kind }) => kind !== 'account-links')) {
    await importFile(file)
    if (file.kind === 'accounts') left -= 1
    if (left > 0) continue
    const next = [...waiting][0]
    if (next) {
      waiting.delete(next)
      await importFile(next)
    }
  }
  for (const file of waiting) await importFile(file)
}

async function state(): Promise<readonly unknown[]> {
  const facts = ['activity', 'business_event'].map(
    (table) => `select '${table}' as fact, t.source_id, a.external_id as account, t.linked_at::text as linked,
      ${table === 'activity' ? '(select external_id from contact c where c.contact_id = t.contact_id)' : 'null'} as contact
      from ${table} t left join account a using (account_id)`,
  )
  const claims = `select 'claim ' || c.kind, c.value, a.external_id, c.valid_from::text || ' ' || c.valid_until::text, null
    from account_claim c left join account a using (account_id)`
  return await rowsOf(database, `select * from (${[...facts, claims].join(' union all ')}) s order by 1, 2, 4, 3`)
}

describe('the accounts of facts', () => {
  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'do not depend on the order of imports (world %i)',
    async (seed) => {
      const random = createRandom(`world ${seed}`)
      const world = makeWorld(random)
      await importAll(world)
      const expected = await state()
      expect(await rowsOf(database, 'select 1 from identity_change')).toEqual([])
      for (const order of [world.toReversed(), random.shuffle(world)]) {
        await empty()
        await importAll(order)
        expect(await state()).toEqual(expected)
      }
    },
  )

  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'do not depend on which imports run at once (world %i)',
    async (seed) => {
      const world = makeWorld(createRandom(`crowd ${seed}`))
      await importAll(world)
      const expected = await state()
      await empty()
      const [accounts, links, others] = [
        world.filter(({ kind }) => kind === 'accounts'),
        world.filter(({ kind }) => kind === 'account-links'),
        world.filter(({ kind }) => kind !== 'accounts' && kind !== 'account-links'),
      ]
      const first = Promise.all(accounts.map(importFile)).then(() => Promise.all(links.map(importFile)))
      await Promise.all([first, ...others.map(importFile)])
      expect(await state()).toEqual(expected)
      expect(await rowsOf(database, 'select 1 from identity_change')).toEqual([])
    },
  )

  it('take in what was being written, by links as they had been, while links changed', async () => {
    await importText(database, 'accounts', 'external_id\nA\n')
    const writer = await database.pool.connect()
    await writer.query('begin')
    await lockFacts(writer, FACT_TABLES.activities)
    await writer.query(`insert into activity (source, source_id, kind, occurred_at, known_at, evidence, visitor_id)
      values ('web', '1', 'web_visit', now(), now(), true, 'v1')`)
    const link = importText(database, 'account-links', 'account_external_id,kind,value\nA,visitor,v1\n')
    await untilSessionsWait(database)
    await writer.query('commit')
    writer.release()
    await link
    expect(await state()).toContainEqual(expect.objectContaining({ fact: 'activity', account: 'A' }))
  })

  it('are caught up with by the next import of anything, after one that was killed', async () => {
    const world = makeWorld(createRandom('killed'))
    await importAll(world)
    const expected = await state()
    await empty()
    const killed = (file: File) => {
      const stop = new AbortController()
      const options = { batchRows: 1, signal: stop.signal, onProgress: () => stop.abort(new Error('killed')) }
      return importText(database, file.kind, file.csv, options).catch((error: Error) => error.message)
    }
    for (const file of world.toReversed().filter(({ kind }) => kind !== 'account-links')) {
      await killed(file)
      await importFile(file)
    }
    // The last ones bring everything and are killed before they match anything again.
    for (const file of world.filter(({ kind }) => kind === 'account-links')) {
      const withOneMore = `${file.csv}A,visitor,nobody,\n`
      await killed({ ...file, csv: withOneMore })
      await importFile(file)
    }
    expect((await state()).filter((row) => !JSON.stringify(row).includes('"nobody"'))).toEqual(expected)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../../src/core/base/random.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { type File, makeWorld } from './identity-world.ts'

// An oracle for every way from a fact to an account: what counts as of an instant is what an import of nothing but the rows
// known before it finds.

/** `WORLDS=20 npm test -- identity-time` for the long version. */
const WORLDS = Number(process.env['WORLDS'] ?? 3)
const INSTANTS = ['2024-03-01', '2024-05-01', '2024-07-01', '2024-09-01']

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => empty())

const empty = () =>
  database.pool.query(`truncate account, contact, activity, intent_signal, business_event, customer_event, opportunity,
    visitor_tie, feed_start, web_domain, identity_change cascade`)

/**
 * The rows that were known before an instant; one without a date always was. An account that becomes known later is there without
 * its domain: a link that was known before it names it.
 */
function before(instant: string, { kind, csv }: File): File {
  const [header = ''] = csv.split('\n')
  const columns = header.split(',')
  const time = columns.indexOf(columns.includes('known_at') ? 'known_at' : 'occurred_at')
  const isKnown = (row: string) => (row.split(',')[time] ?? '') < instant
  const known = linesOf(csv).flatMap((row) => (isKnown(row) ? [row] : kind === 'accounts' ? [withoutDomain(row)] : []))
  return { kind, csv: `${[header, ...known].join('\n')}\n` }
}

function withoutDomain(account: string): string {
  return `${account.slice(0, account.lastIndexOf(','))},`
}

/**
 * Without claims that are stated with a date and without one, be it by a link or by the domain of the account's own row: the date
 * takes the place of the assumption that it always was. A link may have two dates, and an account become known after its links.
 */
function consistent(world: readonly File[]): readonly File[] {
  const claimOf = (row: string) => row.split(',').slice(0, 3).join(',')
  const isDated = (row: string) => row.split(',')[3] !== ''
  const rowsOfKind = (wanted: string) => world.flatMap(({ kind, csv }) => (kind === wanted ? linesOf(csv) : []))
  const dated = new Set(rowsOfKind('account-links').filter(isDated).map(claimOf))
  const keptOf: Partial<Record<File['kind'], (rows: readonly string[]) => readonly string[]>> = {
    accounts: (rows) =>
      rows.map((row) => {
        const [id = '', , domain = ''] = row.split(',')
        return dated.has(`${id},domain,${domain}`) ? withoutDomain(row) : row
      }),
    'account-links': (rows) => rows.filter((row) => isDated(row) || !dated.has(claimOf(row))),
  }
  return world.map(({ kind, csv }) => {
    const [header = ''] = csv.split('\n')
    return { kind, csv: `${[header, ...(keptOf[kind]?.(linesOf(csv)) ?? linesOf(csv))].join('\n')}\n` }
  })
}

/** Without the header. */
function linesOf(csv: string): readonly string[] {
  return csv.trim().split('\n').slice(1)
}

const ORDER = ['accounts', 'account-links', 'contacts', 'activities', 'business-events']

async function importWorld(world: readonly File[]): Promise<void> {
  await empty()
  for (const { kind, csv } of world.toSorted((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind)))
    await importText(database, kind, csv)
}

/** The accounts of facts as far as an instant may know them. */
async function accountsAt(instant: string): Promise<ReadonlyMap<string, string>> {
  const facts = ['activity', 'business_event'].map(
    (
      table,
    ) => `select '${table} ' || f.source_id as fact, a.external_id as account from ${table} f join account a using (account_id)
      where greatest(f.occurred_at, f.known_at, f.linked_at, a.known_at) < '${instant}'`,
  )
  const rows = (await rowsOf(database, facts.join(' union all '))) as { fact: string; account: string }[]
  return new Map(rows.map(({ fact, account }) => [fact, account]))
}

describe('the account of a fact as of an instant', () => {
  it.each(Array.from({ length: WORLDS }, (_, seed) => seed))(
    'is one that was found with what was known then (world %i)',
    async (seed) => {
      const world = consistent(makeWorld(createRandom(`time ${seed}`)))
      await importWorld(world)
      const claimed = await Promise.all(INSTANTS.map(accountsAt))
      let compared = 0
      for (const [index, instant] of INSTANTS.entries()) {
        await importWorld(world.map((file) => before(instant, file)))
        const found = await accountsAt(instant)
        const leaked = [...(claimed[index] ?? [])].filter(([fact, account]) => found.get(fact) !== account)
        expect(leaked, instant).toEqual([])
        compared += found.size
      }
      expect(compared).toBeGreaterThan(10)
    },
  )
})

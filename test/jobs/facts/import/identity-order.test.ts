import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import { FACT_TABLES } from '../../../../src/store/facts/import/write/fact-tables.ts'
import { lockFacts } from '../../../../src/store/facts/import/write/lock-facts.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'
import { type File, makeWorld } from './meaning/identity-world.ts'
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

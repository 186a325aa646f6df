import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import { Client, type FieldDef, type QueryResult } from 'pg'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { ImportKind } from '../../../src/core/facts/import/kinds.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'
import { ingestRows } from '../../../src/jobs/facts/ingest.ts'
import { mergeAccounts } from '../../../src/jobs/facts/merge-accounts.ts'
import { rematchFacts } from '../../../src/jobs/facts/rematch-loop.ts'
import type { ReceivedKind } from '../../../src/store/facts/import/received.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { importText } from '../../support/import-text.ts'
import { differenceOf, endOfType, readRowType, type RowType } from '../row-types.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')

// The imports send their statements through the client of pg, and many need staged rows of the statements before them. So these are
// compared while imports of every kind run, with the columns that PostgreSQL describes in its answers.
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

// oxlint-disable-next-line typescript/unbound-method -- called with its client by Reflect.apply
const query = Client.prototype.query
afterEach(() => {
  Client.prototype.query = query
})

/** The statements `client.query<Row>(…)`, by the line of `query`. */
async function readSites(): Promise<ReadonlyMap<string, RowType>> {
  const sites = new Map<string, RowType>()
  for await (const file of glob('src/store/facts/**/*.ts', { cwd: ROOT })) {
    // What it reads are the rows of a query that the user writes, on another database.
    if (file === path.join('src', 'store', 'facts', 'sources', 'postgres-rows.ts')) continue
    const code = await readFile(path.join(ROOT, file), 'utf8')
    for (const { index } of code.matchAll(/(?<=\bclient\.query)</g)) {
      const place = `${file}:${code.slice(0, index).split('\n').length}`
      sites.set(place, readRowType(code.slice(index + 1, endOfType(code, index) - 1).trim(), code))
    }
  }
  return sites
}

/** Notes the columns of each statement that a line of the store sends. */
function noteColumns(noted: Map<string, readonly FieldDef[]>): void {
  Error.stackTraceLimit = 50
  Client.prototype.query = function (this: Client, ...given: unknown[]): unknown {
    const place = /src\/store\/facts\/[^:]*:\d+/.exec(new Error('where').stack ?? '')?.[0]
    const answer: unknown = Reflect.apply(query, this, given)
    if (place === undefined || !(answer instanceof Promise)) return answer
    return answer.then((result: QueryResult) => {
      noted.set(place, result.fields)
      return result
    })
  } as typeof query
}

/** Rows that name what is missing, that repeat a key, that are removed and that wait for an account. */
const FILES: readonly (readonly [ImportKind, string])[] = [
  [
    'accounts',
    'external_id,domain,known_at,deleted\nA,a.example,2024-01-01,\nB,b.example,2024-01-01,\nB,,2024-02-01,true\n',
  ],
  ['accounts', 'external_id,domain,known_at\nB,b.example,2024-03-01\nC,a.example,\n'],
  ['contacts', 'external_id,account_external_id,email,known_at\nP,A,p@a.example,2024-01-01\nQ,late,q@late.example,\n'],
  [
    'opportunities',
    'external_id,account_external_id,outcome,opened_at,closed_at,known_at\nO,A,open,2024-01-01T00:00:00Z,,2024-01-01\n',
  ],
  [
    'opportunities',
    'external_id,account_external_id,outcome,opened_at,closed_at,known_at\nO,C,won,2024-01-01T00:00:00Z,2024-03-01T00:00:00Z,\n',
  ],
  ['opportunities', 'external_id,outcome,stage,known_at\nO,open,proposal,2024-02-01\n'],
  ['opportunity-contacts', 'opportunity_external_id,contact_external_id,role\nO,P,user\nO,nobody,user\n'],
  [
    'stage-history',
    'opportunity_external_id,stage,entered_at\nO,demo,2024-02-01T00:00:00Z\nnone,demo,2024-02-01T00:00:00Z\n',
  ],
  ['account-links', 'account_external_id,kind,value\nA,visitor,v1\nnobody,visitor,v2\nA,merge,B\n'],
  [
    'activities',
    'source_id,kind,occurred_at,domain,initiated_by\n1,visit,2024-02-01T00:00:00Z,a.example,buyer\n2,visit,2024-02-01T00:00:00Z,late.example,buyer\n',
  ],
  [
    'activities',
    'source_id,kind,occurred_at,domain,initiated_by\n1,visit,2024-02-02T00:00:00Z,b.example,buyer\n1,click,2024-02-03T00:00:00Z,b.example,buyer\n',
  ],
  ['activities', 'source_id,kind,occurred_at,deleted\n77,,,true\n'],
  [
    'activities',
    'source_id,kind,occurred_at,email,visitor_id,initiated_by\n3,form_submit,2024-02-04T00:00:00Z,p@a.example,v3,buyer\n',
  ],
  ['account-links', 'account_external_id,kind,value,deleted\nA,visitor,v9,true\n'],
  ['spend', 'month,channel,amount,currency\n2024-01,events,10,EUR\n'],
  ['rates', 'currency,day,usd_per_unit\nEUR,2024-01-01,1.1\n'],
]

const RECEIVED: readonly (readonly [ReceivedKind, object])[] = [
  ['accounts', { external_id: 'late', domain: 'late.example' }],
  ['contacts', { external_id: 'R', account_external_id: 'late', email: 'r@late.example' }],
  [
    'opportunities',
    { external_id: 'O2', account_external_id: 'late', outcome: 'open', opened_at: '2024-01-01T00:00:00Z' },
  ],
  ['activities', { source_id: '9', kind: 'visit', occurred_at: '2024-02-01T00:00:00Z', domain: 'late.example' }],
  [
    'activities',
    { source_id: '10', kind: 'form', occurred_at: '2024-02-01T00:00:00Z', email: 'r@late.example', visitor_id: 'v4' },
  ],
]

it('the columns of every statement of an import are those of its row type', async () => {
  const sites = await readSites()
  const noted = new Map<string, readonly FieldDef[]>()
  noteColumns(noted)
  const { pool } = database
  for (const [kind, text] of FILES) await importText(database, kind, text)
  await importText(database, 'accounts', 'external_id\nD\n', { dryRun: true })
  const parted = { kind: 'activities', rows_per: { field: 'contact_external_id' } }
  const meeting = 'source_id,kind,occurred_at,contact_external_id,deleted\n8,meeting,2024-02-05T00:00:00Z,P;Q,'
  for (const deleted of ['', 'true'])
    await importText(database, 'activities', `${meeting}${deleted}\n`, { mapping: parted })
  const ordered = { kind: 'opportunities', order: { column: 'seq' } }
  await expect(
    importText(database, 'opportunities', 'external_id,account_external_id,outcome,seq\nS,A,won,1\n', {
      mapping: ordered,
    }),
  ).rejects.toThrow('positions and days cannot be compared')
  const people = { kind: 'opportunity-contacts', rows_per: { field: 'contact_external_id' } }
  await importText(database, 'opportunity-contacts', 'opportunity_external_id,contact_external_id\nO,P;Q\n', {
    mapping: people,
  })
  for (const [kind, row] of RECEIVED) {
    const client = await pool.connect()
    await client.query('begin')
    await ingestRows(client, kind, [row], { atomic: false })
    await client.query('commit')
    client.release()
  }
  await mergeAccounts(pool, { from: 'C', into: 'A' })
  await rematchFacts(pool)
  await importSimulatedCompany(pool, { accounts: 20, months: 12, end: '2025-11-01' as IsoDate, seed: 1 })

  const wrong: string[] = []
  const unreached: string[] = []
  for (const [place, row] of sites) {
    const fields = noted.get(place)
    if (!row) wrong.push(`${place}: a row type that is not read`)
    else if (!fields) unreached.push(place)
    else {
      const difference = differenceOf(row, fields)
      if (difference !== undefined) wrong.push(`${place}: ${difference}`)
    }
  }
  expect(wrong).toEqual([])
  expect(unreached).toEqual([])
  expect(sites.size).toBeGreaterThan(30)
}, 120_000)

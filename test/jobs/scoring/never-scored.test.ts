import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Instant } from '../../../src/core/base/time.ts'
import { readAccount } from '../../../src/jobs/scoring/account-record.ts'
import { listTimeline } from '../../../src/store/features/timeline.ts'
import { at } from '../../support/facts.ts'
import { importText, rowsOf } from '../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

let database: TestDatabase
let account: number
beforeAll(async () => {
  database = await createTestDatabase()
  await importText(
    database,
    'accounts',
    'external_id,name,known_at\nA,Acme,2024-01-01T00:00:00Z\nA,Acme Forge,2024-06-01T00:00:00Z\n',
  )
  await importText(
    database,
    'opportunities',
    `external_id,account_external_id,outcome,opened_at,closed_at,amount,currency,known_at
CLOSED,A,won,2024-02-01T08:00:00Z,2024-04-01T08:00:00Z,900,EUR,
GREW,A,open,2024-02-02T08:00:00Z,,100,EUR,2024-02-02T08:00:00Z
GREW,A,won,2024-02-02T08:00:00Z,2024-05-01T08:00:00Z,500,EUR,2024-05-01T08:00:00Z
`,
  )
  const [row] = await rowsOf(database, 'select account_id as id from account')
  account = (row as { readonly id: number }).id
})
afterAll(() => database.drop())

it.each([
  ['2024-03-01', 'Acme'],
  ['2024-07-01', 'Acme Forge'],
])('an account without a score has the name that was known on %s', async (day, name) => {
  expect(await readAccount(database.db, account, at(day))).toMatchObject({ externalId: 'A', name })
})

it('the opening of an opportunity shows the amount that was known then', async () => {
  const amountsAt = async (until: Instant) =>
    (await listTimeline(database.db, account, until, { limit: 10 }))
      .filter(({ source }) => source === 'opportunity')
      .map(({ type, detail }) => `${String(detail['opportunity'])} ${type} ${String(detail['amount'])}`)
  expect(await amountsAt(at('2024-08-01'))).toEqual([
    'GREW won 500',
    'CLOSED won 900',
    'GREW opened 100',
    'CLOSED opened null',
  ])
  expect(await amountsAt(at('2024-03-01'))).toEqual(['GREW opened 100', 'CLOSED opened null'])
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { loadSpecification, loadTitles } from '../../../src/jobs/models/load-specification.ts'
import { reportTitles } from '../../../src/jobs/facts/read-titles.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, addContact, at } from '../../support/facts.ts'

let database: TestDatabase
let acme: number

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  acme = await addAccount(db, 'acme', at('2024-01-01'))
  const here = { known_at: at('2024-01-01'), account_id: acme }
  await addContact(db, 'a', [
    { ...here, title: 'Wizard' },
    { ...here, known_at: at('2024-06-01'), title: 'Leiter Einkauf' },
  ])
  await addContact(db, 'b', [{ ...here, title: 'Wizard' }])
  await addContact(db, 'c', [{ ...here, title: 'CTO', seniority: 'vp' }])
  await addContact(db, 'd', [{ ...here, title: 'Sales' }])
})
afterAll(() => database.drop())

it('titles that are not understood are counted, most frequent first', async () => {
  const titles = loadTitles('models')
  if (!titles) throw new Error('models/titles.json is missing')
  const report = await reportTitles(database.db, titles)
  expect(report).toMatchObject({ titles: 4, contacts: 4, understood: 2 })
  expect(report.unknown.map(({ title, contacts }) => [title, contacts])).toEqual([
    ['Sales', 1],
    ['Wizard', 1],
  ])
})

it('a title fills in missing fields, as of when it was known; given fields win', async () => {
  const { lookback } = compileFeatures(loadSpecification('models').features)
  const asOfs = [at('2024-05-01'), at('2024-07-01')]
  const [before, after] = await listSnapshots(
    database.db,
    asOfs.map((asOf) => ({ accountId: acme, asOf })),
    lookback,
  )
  expect(before?.contacts[0]).toMatchObject({ title: 'Wizard', seniority: null, buyingRole: null })
  expect(after?.contacts[0]).toMatchObject({
    seniority: 'director',
    department: 'procurement',
    buyingRole: 'procurement',
  })
  expect(after?.contacts[2]).toMatchObject({ seniority: 'vp', department: 'it' })
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const CSV = `"Id","Name","Website","CreatedDate","BillingStreet","Description"
"001P01","Violet","violet.example.com","2023-01-01T00:00:00Z","1 High Street
Floor 2
""Annex""","line one
line two, with comma

001P99,Fake,fake.example.com,2023-01-01T00:00:00Z,x,y
last"
"001P02","Walnut","walnut.example.com","2023-01-01T00:00:00Z","","he said ""no""
"
"001P03","Yew","yew.example.com","2023-01-01T00:00:00Z","5"" pipe","
"
`
const mapping = {
  kind: 'accounts',
  columns: { external_id: 'Id', name: 'Name', domain: 'Website', created_at: 'CreatedDate' },
  attributes: { street: 'BillingStreet', description: 'Description' },
}

it.each([
  ['line feeds', '\n'],
  ['carriage returns and line feeds', '\r\n'],
])('cells of several lines, with quotes and commas, are kept as they are: %s', async (_, end) => {
  await database.pool.query('truncate account cascade')
  const { counts } = await importText(database, 'accounts', CSV.replaceAll('\n', end), { mapping, batchRows: 1 })
  expect(counts).toMatchObject({ read: 3, inserted: 3, rejected: 0 })
  const stored = `select external_id as id, attributes ->> 'street' as street, attributes ->> 'description' as description
    from account join account_version using (account_id) order by 1`
  expect(await rowsOf(database, stored)).toEqual([
    {
      id: '001P01',
      street: `1 High Street${end}Floor 2${end}"Annex"`,
      description: `line one${end}line two, with comma${end}${end}001P99,Fake,fake.example.com,2023-01-01T00:00:00Z,x,y${end}last`,
    },
    { id: '001P02', street: null, description: 'he said "no"' },
    { id: '001P03', street: '5" pipe', description: null },
  ])
})

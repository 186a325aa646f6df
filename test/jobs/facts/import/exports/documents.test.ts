import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createJsonDocumentParser } from '../../../../../src/jobs/facts/import/reading/json-document.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText, rejectsOf, rowsOf } from '../../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, feed_start, import_run cascade'),
)

const accounts = () =>
  rowsOf(
    database,
    "select external_id, attributes ->> 'name' as name from account_version join account using (account_id) order by 1",
  )
const BOTH = [
  { external_id: '1', name: 'Sage' },
  { external_id: '2', name: 'Thyme' },
]
const properties = {
  kind: 'accounts',
  columns: { external_id: 'id', name: 'properties.name', deleted: 'archived' },
  ignore: 'rest',
}
const sage = { id: '1', properties: { name: 'Sage', note: null }, archived: false }
const thyme = { id: 2, properties: { name: 'Thyme' }, archived: false }

describe('a JSON document', () => {
  it.each<[string, string]>([
    ['a list of objects', JSON.stringify([sage, thyme])],
    ['a list on several lines', JSON.stringify([sage, thyme], null, 2)],
    ["HubSpot's answer", JSON.stringify({ results: [sage, thyme], paging: { next: { after: '2', link: 'x' } } })],
    ['an answer on several lines', JSON.stringify({ total: 2, results: [sage, thyme] }, null, 2)],
    ["Salesforce's answer", JSON.stringify({ totalSize: 2, done: true, records: [sage, thyme] })],
    ["Dynamics' answer", JSON.stringify({ '@odata.context': 'x', value: [sage, thyme] })],
    ['a page a line', `${JSON.stringify({ results: [sage] })}\n${JSON.stringify({ results: [thyme] })}\n`],
    ['an object a line', `${JSON.stringify(sage)}\n${JSON.stringify(thyme)}\n`],
    ['an object on several lines', `${JSON.stringify(sage, null, 2)}\n${JSON.stringify(thyme, null, 2)}\n`],
  ])('is rows: %s', async (_what, text) => {
    const { counts } = await importText(database, 'accounts', text, { mapping: properties })
    expect(counts).toMatchObject({ read: 2, inserted: 2, rejected: 0 })
    expect(await accounts()).toEqual(BOTH)
  })

  it('names the line on which a row begins', async () => {
    const text = `[\n  ${JSON.stringify(sage)},\n  {"id": ["x"],\n   "properties": {}},\n  7\n]`
    const summary = await importText(database, 'accounts', text, {
      mapping: { ...properties, columns: { external_id: { column: 'id' }, name: 'properties.name' } },
    })
    const rejects = await rejectsOf(summary.rejectsFiles[0] ?? '')
    expect(rejects.map(({ line, reason }) => `${line} ${reason}`)).toContain('5 malformed_json')
  })

  it('of many objects on several lines is read once, and each keeps its line', () => {
    const pieces: { readonly text: string; readonly line: number }[] = []
    const parser = createJsonDocumentParser('a.json', (piece) => pieces.push(piece))
    const started = performance.now()
    parser.write('\n')
    for (let index = 0; index < 100_000; index += 1) parser.write(`{\n  "id": ${index},\n  "name": "Sage"\n}\n`)
    parser.write('[{"id": 1},\n {"id": 2}]')
    parser.end()
    expect(pieces.map(({ line }) => line)).toEqual([
      ...Array.from({ length: 100_000 }, (_, index) => 2 + 4 * index),
      400_002,
      400_003,
    ])
    // Counting from the start for each object takes over ten minutes.
    expect(performance.now() - started).toBeLessThan(60_000)
  })

  it('that ends early is refused', async () => {
    await expect(importText(database, 'accounts', '[{"external_id": "a"}, {"ext')).rejects.toThrow(
      'is not complete JSON',
    )
  })

  it('reads keys in any case, lists of associations, and stumbles over nothing that is not read', async () => {
    const mapping = {
      kind: 'activities',
      rows_per: { field: 'contact_external_id' },
      columns: {
        source_id: 'Id',
        kind: { constant: 'email_reply' },
        occurred_at: { constant: '2024-01-01T00:00:00Z' },
        contact_external_id: 'associations.contacts.results.id',
      },
      ignore: 'rest',
    }
    const results = [{ id: '71', type: 'x' }, { id: '72' }, { id: '71', type: 'y' }]
    const row = {
      ID: 'e1',
      associations: { contacts: { results } },
      body: 'x'.repeat(11_000),
      tags: Array(45_000).fill('a'),
    }
    const { counts } = await importText(database, 'activities', JSON.stringify(row), { mapping })
    expect(counts).toMatchObject({ read: 2, inserted: 2, rejected: 0 })
    expect(await rowsOf(database, 'select source_id from activity order by 1')).toEqual([
      { source_id: 'e1/71' },
      { source_id: 'e1/72' },
    ])
  })
})

describe('an email with three people', () => {
  const mapping = {
    kind: 'activities',
    rows_per: { field: 'contact_external_id', separator: ';' },
    columns: {
      source_id: 'Record ID',
      kind: { constant: 'email_reply' },
      occurred_at: 'Activity date',
      contact_external_id: 'Associated Contact IDs',
    },
    time_zone: 'UTC',
  }
  const header = 'Record ID,Activity date,Associated Contact IDs\n'
  const keys = () => rowsOf(database, 'select source_id from activity order by 1')

  it('is a row for each, under the same keys in a list as in a row a contact', async () => {
    const list = await importText(
      database,
      'activities',
      `${header}8901,2023-04-20 10:00,71;72;73\n8902,2023-04-20 11:00,\n`,
      { mapping },
    )
    expect(list.counts).toMatchObject({ read: 4, inserted: 4 })
    expect(list.notes).toContain('1 record was split into a row for each item')
    expect(await keys()).toEqual(['8901/71', '8901/72', '8901/73', '8902'].map((source_id) => ({ source_id })))
    const each = `${header}8901,2023-04-20 10:00,71\n8901,2023-04-20 10:00,72\n8901,2023-04-20 10:00,73\n`
    expect((await importText(database, 'activities', each, { mapping })).counts).toMatchObject({
      unchanged: 3,
      inserted: 0,
    })
  })
})

describe('a cell that cannot be read', () => {
  const csv = 'Id,Website,Size,Created\na,none of it,51 or so,2023-01-01T00:00:00Z\nb,b.example.com,some,soon\n'
  const columns = { external_id: 'Id', domain: 'Website', employees: 'Size', created_at: 'Created' }

  it('is listed under its column, and named in the summary with the first example', async () => {
    const summary = await importText(database, 'accounts', csv, { mapping: { kind: 'accounts', columns } })
    expect(summary.counts).toMatchObject({ read: 2, inserted: 2, rejected: 0 })
    const rejects = await rejectsOf(summary.rejectsFiles[0] ?? '')
    expect(rejects.map(({ line, column, value, reason }) => `${line} ${column} ${value} ${reason}`).toSorted()).toEqual(
      [
        '2 Size 51 or so cell_unreadable',
        '2 Website none of it cell_unreadable',
        '3 Created soon cell_unreadable',
        '3 Size some cell_unreadable',
      ],
    )
    expect(summary.notes).toContainEqual(
      expect.stringMatching(
        /^2 cells of "Size" could not be read and are unknown; the first: line 2, "51 or so": expected/,
      ),
    )
  })

  it('costs the row where the import is strict', async () => {
    const { counts } = await importText(database, 'accounts', csv, {
      mapping: { kind: 'accounts', columns },
      strict: true,
    })
    expect(counts).toMatchObject({ read: 2, rejected: 2 })
  })
})

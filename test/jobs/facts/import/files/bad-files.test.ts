import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importFiles } from '../../../../../src/jobs/facts/import/import.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { channelsOf, HEADER, rejectedLines } from './support.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

describe('a bad file', () => {
  it('with a byte order mark, mixed line ends, blank lines and semicolons is read all the same', async () => {
    const csv = `\uFEFF${HEADER}\r\n2024-01,a,1,EUR\n\r\n\n2024-01,b,1,EUR\r2024-01,c,1,EUR\r\n2024-01,bad,x,EUR`
    const summary = await importText(database, 'spend', csv.replaceAll(',', ';'))
    expect(summary.counts).toMatchObject({ read: 4, inserted: 3, rejected: 1 })
    // Line 1 is the header, 3 and 4 are blank.
    expect(await rejectedLines(summary)).toEqual(['7 bad_number'])
  })

  it.each([
    [`month,channel,channel,amount,currency\n`, 'column "channel" appears twice in the header'],
    ['month,channel,amount,curency\n', 'column "curency" is not one that spend have; did you mean currency?'],
    ['month,channel,amount\n', 'column "currency", which spend require, is not in the header'],
    ['', 'is empty: expected a header line'],
    ['\n\n', 'is empty: expected a header line'],
    ['[{"month": "2024-01"}, {"month": ', 'is not complete JSON: expected a list of objects, or one object a line'],
    ['{"month": "2024-01", "chanel": "x"}\n', 'column "chanel" is not one that spend have; did you mean channel?'],
  ])('that cannot be right is refused before anything is written: %j', async (text, message) => {
    await expect(importText(database, 'spend', text)).rejects.toThrow(message)
    expect(await rowsOf(database, 'select 1 from import_run')).toEqual([])
  })

  it('of a header only holds nothing, which is no fault', async () => {
    expect((await importText(database, 'spend', HEADER)).counts).toMatchObject({ read: 0, rejected: 0 })
  })

  it('loses no more than one line to an unclosed quote', async () => {
    const csv = [HEADER, '2024-01,a,1,EUR', '2024-01,"b,1,EUR', '2024-01,c,1,EUR', '2024-01,d,1,EUR', ''].join('\n')
    const summary = await importText(database, 'spend', csv)
    expect(await rejectedLines(summary)).toEqual(['3 malformed_csv'])
    expect(await channelsOf(database)).toEqual(['a', 'c', 'd'])
    // Also where a later quote seems to close it.
    await database.pool.query('truncate spend')
    const again = await importText(database, 'spend', `${csv}2024-01,"e, with a comma",1,EUR\n`)
    expect(await rejectedLines(again)).toEqual(['3 malformed_csv'])
    expect(await channelsOf(database)).toEqual(['a', 'c', 'd', 'e, with a comma'])
  })

  it('keeps NUL, wrong cell counts and stray quotes to their rows', async () => {
    const csv = [
      HEADER,
      '2024-01,a\0b,1,EUR',
      '2024-01,c,1',
      '2024-01,d,1,EUR,x',
      '2024-01,5" pipe,1,EUR',
      '2024-01,ok,1,EUR',
    ]
    const summary = await importText(database, 'spend', csv.join('\n'))
    expect(await rejectedLines(summary)).toEqual([
      '2 bad_character',
      '3 wrong_column_count',
      '4 wrong_column_count',
      '5 malformed_csv',
    ])
    expect(await channelsOf(database)).toEqual(['ok'])
  })

  it('of 256 MB in one line costs one row and no memory', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'winrate-long-'))
    const file = path.join(folder, 'long.csv')
    const long = function* () {
      yield `${HEADER}\n2024-01,a,1,EUR\n2024-01,`
      for (let mebibyte = 0; mebibyte < 256; mebibyte += 1) yield 'x'.repeat(1024 * 1024)
      yield ',1,EUR\n2024-01,b,1,EUR\n2024-01,"'
      for (let mebibyte = 0; mebibyte < 8; mebibyte += 1) yield 'y,'.repeat(512 * 1024)
      yield '\n2024-01,c,1,EUR\n'
    }
    await pipeline(Readable.from(long()), createWriteStream(file))
    let peak = 0
    const before = process.memoryUsage().rss
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 10)
    const summary = await importFiles(database.pool, { kind: 'spend', files: [file], rejectsFile: `${file}.rejects` })
    clearInterval(timer)
    await expect(rejectedLines({ ...summary, rejectsFiles: [`${file}.rejects`] })).resolves.toEqual([
      '3 too_large',
      '5 too_large',
    ])
    expect(await channelsOf(database)).toEqual(['a', 'b', 'c'])
    expect(peak / 2 ** 20).toBeLessThan(128)
    await rm(folder, { recursive: true })
  })

  it('of JSON Lines makes no id of true or of a list, unless a mapping names the column', async () => {
    const lines = '{"external_id":true}\n{"external_id":["x"]}\n{"external_id":7}\n{"external_id":"a","employees":-1}\n'
    const summary = await importText(database, 'accounts', lines)
    expect(await rejectedLines(summary)).toEqual(['1 bad_json_value', '2 bad_json_value', '4 cell_unreadable'])
    const columns = { external_id: 'external_id', industry: { column: 'public', values: { true: 'state' } } }
    const mapping = { kind: 'accounts', columns }
    const mapped = await importText(database, 'accounts', '{"external_id":["x"],"public":true}\n', { mapping })
    expect(mapped.counts).toMatchObject({ inserted: 1, rejected: 0 })
  })

  it('of CSV with fewer than no employees, or more than a double can count, costs the cell, and where it is strict the row', async () => {
    const csv = 'external_id,employees\na,-1\nb,9007199254740993\nc,9007199254740991\n'
    const strict = await importText(database, 'accounts', csv, { mapping: { kind: 'accounts', strict: true } })
    expect(await rejectedLines(strict)).toEqual(['2 out_of_range', '3 out_of_range'])
    const summary = await importText(database, 'accounts', csv)
    expect(await rejectedLines(summary)).toEqual(['2 cell_unreadable', '3 cell_unreadable'])
    expect(summary.counts).toMatchObject({ read: 3, inserted: 2, unchanged: 1, rejected: 0 })
  })

  it('may hold dates in two formats, of which the mapping says which comes first', async () => {
    const occurred_at = { column: 'Date', format: ['dd.MM.yyyy', 'ISO', 'MM/dd/yyyy'], time_zone: 'UTC' }
    const mapping = { kind: 'activities', columns: { source_id: 'Id', kind: { constant: 'visit' }, occurred_at } }
    const csv = 'Id,Date\n1,31.01.2024\n2,2024-02-29T10:00:00Z\n3,03/04/2024\n4,31/31/2024\n'
    const summary = await importText(database, 'activities', csv, { mapping })
    expect(await rejectedLines(summary)).toEqual(['5 bad_instant'])
    expect(
      await rowsOf(database, 'select left(occurred_at::text, 10) as day from activity order by source_id'),
    ).toEqual([{ day: '2024-01-31' }, { day: '2024-02-29' }, { day: '2024-03-04' }])
  })

  it('in which two accounts claim a domain leaves what only the domain could tell with neither, and says so', async () => {
    const { notes } = await importText(database, 'accounts', 'external_id,domain\nA,acme.com\nB,acme.com\nC,c.com\n')
    expect(notes).toEqual(['1 domain, network or visitor is claimed by several accounts and leads to none of them'])
    const { counts } = await importText(
      database,
      'activities',
      'source_id,kind,occurred_at,domain\n1,visit,2024-03-01,acme.com\n',
    )
    expect(counts).toMatchObject({ inserted: 1, unmatched: 1 })
  })

  it('keeps a contact of nobody, and an opportunity that closed before it opened, of which it says so', async () => {
    const contacts = await importText(database, 'contacts', 'external_id,account_external_id\nC,\nD,nowhere\n')
    expect(contacts.counts).toMatchObject({ inserted: 2, unmatched: 2 })
    const csv =
      'external_id,account_external_id,opened_at,closed_at,outcome\nO,A,2024-03-01,2024-02-01,won\nP,A,2024-01-01,2024-02-01,won\n'
    const summary = await importText(database, 'opportunities', csv)
    expect(summary.counts).toMatchObject({ inserted: 2, rejected: 0 })
    expect(summary.notes).toContainEqual(expect.stringMatching(/^1 opportunity closes before it opens/))
  })
})

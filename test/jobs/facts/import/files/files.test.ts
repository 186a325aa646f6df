import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, activity, spend, feed_start cascade'))

describe('files', () => {
  it.each([';', '\t', '|'])(
    'may be delimited by %j, compressed, with a byte order mark and Windows line ends',
    async (delimiter) => {
      const csv = '\uFEFFmonth,channel,amount,currency\r\n2024-03,ads,10,EUR\r\n'.replaceAll(',', delimiter)
      const { counts } = await importText(database, 'spend', csv, { gzip: true })
      expect(counts).toMatchObject({ read: 1, inserted: 1 })
    },
  )

  it('may be in another encoding', async () => {
    const mapping = { kind: 'spend', encoding: 'windows-1252' }
    await importText(
      database,
      'spend',
      Buffer.from('month,channel,amount,currency\n2024-03,B\xfccher,10,EUR\n', 'latin1'),
      { mapping },
    )
    expect(await rowsOf(database, 'select channel from spend')).toEqual([{ channel: 'Bücher' }])
  })

  it('name the physical line of every rejected row, and the rows add up', async () => {
    const csv = [
      'month,channel,amount,currency', // line 1
      '2024-03,"two\r\nlines",10,EUR', // 2 and 3
      '', // 4
      '2024-03,ads,ten,EUR', // 5
      '2024-03,"a"b",10,EUR', // 6
      '2024-03,mail,10', // 7
      '2024-03,test,10,EUR', // 8
      '2024-03,fairs,10,EUR', // 9
      '2024-03,fairs,12,EUR', // 10
      '2024-03,ads,-1,EUR', // 11
    ].join('\r\n')
    const mapping = { kind: 'spend', where: [{ column: 'channel', not_in: ['test'] }] }
    const { counts, reasons, rejectsFiles } = await importText(database, 'spend', csv, { mapping })
    expect(counts).toEqual({
      read: 8,
      inserted: 2,
      updated: 0,
      unchanged: 0,
      duplicate: 1,
      rejected: 4,
      filtered: 1,
      unmatched: 0,
    })
    expect(reasons).toEqual({ bad_number: 1, malformed_csv: 1, out_of_range: 1, wrong_column_count: 1 })
    const rejects = await readFile(rejectsFiles[0] ?? '', 'utf8')
    const lines = rejects
      .trim()
      .split('\n')
      .slice(1)
      .map((line) =>
        line
          .replace(/^[^,]*rows\.csv,/, '')
          .split(',')
          .slice(0, 4)
          .join(','),
      )
    expect(lines.toSorted()).toEqual([
      // A spreadsheet might run what begins with a minus.
      "11,amount,'-1,out_of_range",
      '5,amount,ten,bad_number',
      '6,,,malformed_csv',
      '7,,,wrong_column_count',
    ])
    expect(await rowsOf(database, "select amount::float8 from spend where channel = 'fairs'")).toEqual([{ amount: 12 }])
    expect(
      await rowsOf(database, 'select kind, counts, reasons from import_run order by import_run_id desc limit 1'),
    ).toEqual([{ kind: 'spend', counts, reasons }])
  })

  it.each([
    ['month,channel,amount,curency\n', 'column "curency" is not one that spend have; did you mean currency?'],
    ['', 'is empty: expected a header line'],
  ])('that cannot be right are refused with what is wrong', async (csv, message) => {
    await expect(importText(database, 'spend', csv)).rejects.toThrow(message)
  })

  it('that do not exist are refused before any other is imported', async () => {
    const files = ['/nowhere/spend.csv']
    await expect(importText(database, 'spend', 'month,channel,amount,currency\n', { files } as object)).rejects.toThrow(
      '/nowhere/spend.csv cannot be read',
    )
  })
})

describe('an import', () => {
  const HEADER = 'source_id,kind,occurred_at,account_external_id'
  const row = (index: number) =>
    `${index},visit,2024-03-${String((index % 28) + 1).padStart(2, '0')}T00:00:00Z,A${index % 7}`
  const csv = `${HEADER}\n${Array.from({ length: 1000 }, (_, index) => row(index)).join('\n')}\n`
  const table = 'select source_id, kind, occurred_at, known_at, account_external_id from activity order by source_id'

  it('that was interrupted leaves whole batches, and run again gives the tables of one run', async () => {
    const controller = new AbortController()
    const onProgress = () => controller.abort()
    const cut = importText(database, 'activities', csv, { batchRows: 100, onProgress, signal: controller.signal })
    await expect(cut).rejects.toThrow()
    const [{ written } = { written: 0 }] = (await rowsOf(database, 'select count(*) as written from activity')) as {
      written: number
    }[]
    expect(written).toBeGreaterThan(0)
    expect(written).toBeLessThan(1000)
    expect(written % 100).toBe(0)
    const { counts } = await importText(database, 'activities', csv, { batchRows: 100 })
    expect(counts).toMatchObject({ inserted: 1000 - written, unchanged: written })
    const repaired = await rowsOf(database, table)
    await database.pool.query('truncate activity')
    await importText(database, 'activities', csv)
    expect(await rowsOf(database, table)).toEqual(repaired)
  })

  it('beside another of the same rows in the opposite order neither stops nor loses any', async () => {
    const reversed = `${HEADER}\n${Array.from({ length: 1000 }, (_, index) => row(999 - index)).join('\n')}\n`
    const accounts = `external_id,industry,domain\n${Array.from({ length: 300 }, (_, index) => `A${index},x,a${index}.com`).join('\n')}\n`
    const accountsReversed = `external_id,industry,domain\n${Array.from({ length: 300 }, (_, index) => `A${299 - index},x,a${299 - index}.com`).join('\n')}\n`
    const summaries = await Promise.all([
      importText(database, 'activities', csv, { batchRows: 50 }),
      importText(database, 'activities', reversed, { batchRows: 50 }),
      importText(database, 'accounts', accounts, { batchRows: 20 }),
      importText(database, 'accounts', accountsReversed, { batchRows: 20 }),
    ])
    const inserted = summaries.map(({ counts }) => counts.inserted)
    expect([inserted[0]! + inserted[1]!, inserted[2]! + inserted[3]!]).toEqual([1000, 300])
    expect(await rowsOf(database, 'select count(*) as waiting from activity where account_id is null')).toEqual([
      { waiting: 0 },
    ])
  })
})

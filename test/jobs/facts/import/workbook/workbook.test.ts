import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MOST_BYTES, unpacksToMore } from '../../../../../src/jobs/facts/import/workbook/archive.ts'
import { cellText } from '../../../../../src/jobs/facts/import/workbook/cell-text.ts'
import { readWorkbook } from '../../../../../src/jobs/facts/import/workbook/workbook.ts'

/** Written by openpyxl and XlsxWriter: make.py beside them. */
const WORKBOOKS = path.join(import.meta.dirname, '../../../../fixtures/workbooks')
const accounts = path.join(WORKBOOKS, 'accounts.xlsx')

/** The package is optional: without it these tests are skipped, and the list of tests says so. */
const hucre = await import('hucre/xlsx').catch(() => undefined)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-workbook-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(hucre === undefined)('a workbook (skipped where the optional package is missing)', () => {
  it('is read from the first sheet that holds something, and says what a CSV file could not', async () => {
    const { csv, note } = await readWorkbook(accounts, undefined)
    expect(csv.split('\n')).toEqual([
      'Accounts of the north,,,,,',
      ',,,,,',
      'external_id,name,industry,employees,created_at,region',
      '001001,"Acme, Inc.",Retail,1234.5,2023-01-31,North',
      '1002,"Bolt ""B""",Steel,,2023-02-28T10:30:00,North',
      '1.234567890123457e+19,Crumb,#N/A,7,2024-02-29,North',
      '1.5,"Dill',
      'GmbH",TRUE,25%,,South',
      '',
    ])
    expect(note).toBe(
      'the sheet "Accounts" is read, and not "Cover" (empty), "Notes" (--sheet NAME reads another); ' +
        '1 merged cell: each row has the value; 1 hidden row is read as well; ' +
        '1 formula has no stored value and counts as empty: D5 (=D4*2). Open the file in a spreadsheet program and save it',
    )
  })

  it('takes the values of formulas and days since 1904 as they are stored', async () => {
    const { csv, note } = await readWorkbook(path.join(WORKBOOKS, 'days-1904.xlsx'), undefined)
    expect([csv, note]).toEqual([
      'Deal,Amount,Create Date,Status,Won?\nA-1,200 €,2023-01-31,Closed Won,TRUE\nA-2,0.1,2024-12-31,Closed Lost,FALSE\n',
      undefined,
    ])
  })

  it('is read from the sheet that is named', async () => {
    expect((await readWorkbook(accounts, 'Notes')).csv).toBe('nothing,to see\n')
    await expect(readWorkbook(accounts, 'Acounts')).rejects.toThrow(
      'has no sheet "Acounts"; did you mean Accounts?; it has "Cover", "Accounts", "Notes"',
    )
    await expect(readWorkbook(accounts, 'Cover')).rejects.toThrow('is empty: there is nothing in "Cover"')
  })

  it.each([
    ['that states its size', MOST_BYTES + 1, MOST_BYTES + 1],
    ['that states a small one', 100, MOST_BYTES + 1],
  ])('%s is refused before it is unpacked', async (_what, stated, size) => {
    const file = path.join(folder, 'bomb.xlsx')
    await writeFile(file, archiveOf(Buffer.alloc(size), stated))
    await expect(readWorkbook(file, undefined)).rejects.toThrow(
      'is too large: a workbook may have 128 MiB, also unpacked. Save the sheet as "CSV UTF-8", which has no limit',
    )
  })

  it('that is another archive, or ends early, is refused', async () => {
    const file = path.join(folder, 'other.xlsx')
    await writeFile(file, archiveOf(Buffer.from('a,b'), 3))
    await expect(readWorkbook(file, undefined)).rejects.toThrow('other.xlsx cannot be read as an Excel workbook: ')
    await writeFile(file, archiveOf(Buffer.from('a,b'), 3).subarray(0, 40))
    await expect(readWorkbook(file, undefined)).rejects.toThrow('it ends early, or is no ZIP archive')
  })
})

describe('a part of an archive', () => {
  it('may have as many bytes as are left, and not one more', () => {
    const archive = archiveOf(Buffer.alloc(1000), 1000)
    expect([unpacksToMore(archive, 1000), unpacksToMore(archive, 999)]).toEqual([false, true])
  })
})

describe('the text of a cell', () => {
  const numbered = (value: number, numFmt = '') => cellText(value, { value, type: 'number', style: { numFmt } })
  it.each([
    [numbered(1.355), '1.3550'],
    [numbered(0.1 + 0.2), '0.30000000000000004'],
    [numbered(9_007_199_254_740_991), '9007199254740991'],
    [numbered(2 ** 53), '9.007199254740992e+15'],
    [numbered(0.07, '0.0%'), '7%'],
    [numbered(42, '00000'), '00042'],
    [numbered(42, '0'), '42'],
    [numbered(45, '0"%"'), '45'],
    [numbered(5000, '#,##0 [$€-407]'), '5000 €'],
    [numbered(-7000.5, '"$"#,##0.00_);[Red]("$"#,##0.00)'), '-7000.5 $'],
    [numbered(12, '[$USD] 0'), '12 USD'],
    [numbered(12, '"CHF" 0'), '12 CHF'],
    [numbered(12, '0 "kg"'), '12'],
    [numbered(12, '[$-407]#,##0;[Red]-#,##0'), '12'],
  ])('reads one way: %s', (text, expected) => expect(text).toBe(expected))

  it('of a time without a day is that time', () => {
    const value = new Date('1899-12-30T13:45:00.0004Z')
    expect(cellText(value, { value, type: 'date', style: { numFmt: 'h:mm' } })).toBe('13:45:00')
  })
})

describe('the text of a day or a time', () => {
  const dated = (at: string, numFmt: string) => {
    const value = new Date(at)
    return cellText(value, { value, type: 'date', style: { numFmt } })
  }
  it.each([
    [dated('1899-12-31T01:30:00Z', '[h]:mm'), '25:30:00'],
    [dated('1904-01-02T01:30:00Z', '[hh]:mm:ss'), '25:30:00'],
    [dated('1899-12-30T12:00:00Z', '[$-de-DE]hh:mm'), '12:00:00'],
    [dated('1899-12-30T12:00:00Z', '[Red]h:mm'), '12:00:00'],
    [dated('2023-03-15T00:00:00Z', 'mmmm'), '2023-03-15'],
    [dated('2023-03-15T00:00:00Z', '"day" d.m.yyyy'), '2023-03-15'],
    [dated('1899-12-30T00:00:00Z', 'yyyy-mm-dd'), ''],
  ])('reads one way: %s', (text, expected) => expect(text).toBe(expected))
})

/** A ZIP archive of one part, whose directory states any size. */
function archiveOf(content: Buffer, statedSize: number): Buffer {
  const name = Buffer.from('part')
  const data = deflateRawSync(content)
  const common = Buffer.alloc(26)
  common.writeUInt16LE(20, 0)
  common.writeUInt16LE(8, 4)
  common.writeUInt32LE(data.length, 14)
  common.writeUInt32LE(statedSize, 18)
  common.writeUInt16LE(name.length, 22)
  const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, data])
  const entry = Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, Buffer.alloc(14), name])
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(entry.length, 12)
  end.writeUInt32LE(local.length, 16)
  return Buffer.concat([local, entry, end])
}

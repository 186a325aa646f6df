import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

const WORKBOOKS = path.join(import.meta.dirname, '../../../../fixtures/workbooks')
const hucre = await import('hucre/xlsx').catch(() => undefined)

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-workbook-'))
  await cp(path.join(WORKBOOKS, 'accounts.xlsx'), path.join(folder, 'accounts.xlsx'))
  return async () => {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

describe.skipIf(hucre === undefined)('an import of a folder with a workbook', () => {
  it('takes its sheet as the CSV file of it, and names what is not read', { timeout: 180_000 }, async () => {
    const args = ['--time-zone', 'Europe/Berlin', '--max-rejected', '40%', '.']
    const { code, stdout, stderr } = await runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder })
    expect(code, stderr).toBe(0)
    const rows = await rowsOf(database, 'select external_id from account order by external_id collate "C"')
    expect(rows).toEqual([{ external_id: '001001' }, { external_id: '1.5' }, { external_id: '1002' }])
    for (const part of [
      'the sheet "Accounts" is read, and not "Cover" (empty), "Notes"',
      '1 formula has no stored value and counts as empty: D5 (=D4*2)',
      'bad_key',
    ])
      expect(stdout).toContain(part)
  })
})

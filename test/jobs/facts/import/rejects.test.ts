import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importFiles } from '../../../../src/jobs/facts/import/import.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { rejectsOf, rowsOf } from '../../../support/import-text.ts'

const HEADER = 'month,channel,amount,currency\n'
const TOO_LONG = 10_001

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-rejects-'))
  await database.pool.query('truncate spend')
  return () => rm(folder, { recursive: true })
})

const at = (file: string) => path.join(folder, file)
const importSpend = (files: readonly string[], rejectsFile: string) =>
  importFiles(database.pool, { kind: 'spend', files: files.map(at), rejectsFile: rejectsFile && at(rejectsFile) })

describe('a rejects file', () => {
  it.each([
    ['an input', 'x.csv', 'this is the input'],
    ['an input by another path', 'a/../x.csv', 'this is the input'],
    ['an input by a hard link', 'hard.csv', 'this is the input'],
    ['an input by a symbolic link', 'input-link.csv', 'this is the input'],
    ['a file of others', 'notes.txt', 'a file is there that this command did not write, and it would be lost'],
    ['a link to a file of others', 'link.csv', 'this is a symbolic link, which is not followed'],
    ['a folder', 'a', 'this is a folder'],
    ['without a name', '', 'the name of the file is empty'],
  ])('is never %s: nothing is imported, and all of it is still there', async (_, rejects, message) => {
    const text = `${HEADER}2024-01,ads,ten,EUR\n2024-01,ads,1,EUR\n`
    await writeFile(at('x.csv'), text)
    await writeFile(at('notes.txt'), 'kept')
    await mkdir(at('a'))
    await link(at('x.csv'), at('hard.csv'))
    await symlink('x.csv', at('input-link.csv'))
    await symlink('notes.txt', at('link.csv'))
    const before = (await readdir(folder)).toSorted()
    await expect(importSpend(['x.csv'], rejects)).rejects.toThrow(message)
    expect(await rowsOf(database, 'select channel from spend')).toEqual([])
    expect(await readFile(at('x.csv'), 'utf8')).toBe(text)
    expect(await readFile(at('notes.txt'), 'utf8')).toBe('kept')
    expect((await readdir(folder)).toSorted()).toEqual(before)
  })

  it('that is named holds the rows of all inputs, each with its path', async () => {
    await mkdir(at('a'))
    await mkdir(at('b'))
    await writeFile(at('a/x.csv'), `${HEADER}2024-01,one,ten,EUR\n`)
    await writeFile(at('b/x.csv'), `${HEADER}2024-01,ok,1,EUR\n2024-01,two,ten,EUR\n`)
    const { rejectsFiles } = await importSpend(['a/x.csv', 'b/x.csv'], 'all.csv')
    expect(rejectsFiles).toEqual([at('all.csv')])
    expect((await rejectsOf(at('all.csv'))).map(({ file, line }) => `${file}:${line}`)).toEqual([
      `${at('a/x.csv')}:2`,
      `${at('b/x.csv')}:3`,
    ])
  })

  it('replaces an earlier one or an empty file, is for its owner only, and goes when nothing is rejected', async () => {
    await writeFile(at('r.csv'), '')
    await writeFile(at('x.csv'), `${HEADER}2024-01,one,ten,EUR\n2024-01,two,ten,EUR\n`)
    await importSpend(['x.csv'], 'r.csv')
    expect((await rejectsOf(at('r.csv'))).map(({ line }) => line)).toEqual(['2', '3'])
    await chmod(at('r.csv'), 0o644)
    await writeFile(at('x.csv'), `${HEADER}2024-01,one,1,EUR\n2024-01,two,ten,EUR\n`)
    await importSpend(['x.csv'], 'r.csv')
    expect((await rejectsOf(at('r.csv'))).map(({ line }) => line)).toEqual(['3'])
    expect((await stat(at('r.csv'))).mode & 0o777).toBe(0o600)
    await writeFile(at('x.csv'), `${HEADER}2024-01,one,1,EUR\n`)
    await importSpend(['x.csv'], 'r.csv')
    expect(await readdir(folder)).toEqual(['x.csv'])
  })

  it('keeps what was rejected before the import failed', async () => {
    await writeFile(at('x.csv'), `${HEADER}2024-01,one,ten,EUR\n2024-01,two,1,EUR\n`)
    const controller = new AbortController()
    const failing = importFiles(database.pool, {
      kind: 'spend',
      files: [at('x.csv'), at('x.csv')],
      rejectsFile: at('r.csv'),
      batchRows: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(failing).rejects.toThrow()
    expect((await rejectsOf(at('r.csv'))).map(({ line }) => line)).toEqual(['2'])
    expect((await readdir(folder)).toSorted()).toEqual(['r.csv', 'x.csv'])
  })

  it('may be a device, which is written to and not replaced', async () => {
    await writeFile(at('x.csv'), `${HEADER}2024-01,one,ten,EUR\n`)
    await importFiles(database.pool, { kind: 'spend', files: [at('x.csv')], rejectsFile: '/dev/null' })
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
  })

  it('escapes in every cell what a spreadsheet would run', async () => {
    const evil = ['=1+1', '+x', '-2', '@SUM(A1)', '=a,"b"', 'x\r=1+1', 'x\n=1+1', '＝1']
    // As texts that are too long: all else is read on one line.
    const long = evil.map((cell) => cell.padEnd(TOO_LONG, '.'))
    const quoted = long.map((cell) => `"${cell.replaceAll('"', '""')}"`)
    const rowsOfEvil = quoted.map((cell, index) => `E${index},${cell}\n`)
    await writeFile(at('=x.csv'), `external_id,name\n${rowsOfEvil.join('')}`)
    await importFiles(database.pool, { kind: 'accounts', files: [at('=x.csv')], rejectsFile: at('r.csv') })
    const rows = await rejectsOf(at('r.csv'))
    const shown = long.map((cell) => cell.slice(0, 200))
    expect(rows.map(({ value }) => value)).toEqual(shown.map((cell) => (cell.startsWith('x') ? cell : `'${cell}`)))
    const text = await readFile(at('r.csv'), 'utf8')
    // No cell begins so, and no line does outside of quotes, wherever a reader thinks a line ends.
    for (const cell of parse(text, { record_delimiter: ['\n', '\r', '\r\n'] }).flat())
      expect(cell).not.toMatch(/^[=+\-@\t\r＝]/)
  })
})

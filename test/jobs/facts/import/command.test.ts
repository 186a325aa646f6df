import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { rejectsOf, rowsOf } from '../../../support/import-text.ts'
import { runScriptFile } from '../../../support/run-script.ts'

const FIXTURES = path.join(import.meta.dirname, '../../../fixtures')
const SPEND = 'month,channel,amount,currency\n'

let database: TestDatabase
let folder: string
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-command-'))
  return () => rm(folder, { recursive: true })
})

const run = (...args: string[]) => runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder })

async function write(file: string, text: string): Promise<string> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
  await writeFile(path.join(folder, file), text)
  return file
}

describe('npm run import -- --preset', () => {
  it.each([
    ['hubspot', 'accounts', 'hubspot/companies', 'accounts'],
    ['hubspot', 'deals', 'hubspot/deals', 'opportunities'],
    ['salesforce', 'accounts', 'salesforce/accounts', 'accounts'],
    ['salesforce', 'Opportunity', 'salesforce/opportunities', 'opportunities'],
  ])('%s --kind %s imports its export', { timeout: 120_000 }, async (preset, word, sample, kind) => {
    const file = path.join(FIXTURES, `${sample}.csv`)
    const { code, stdout, stderr } = await run('--preset', preset, '--kind', word, '--max-rejected', '50%', file)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(/: 100 of 100% read\n$/) })
    expect(stdout).toMatch(new RegExp(`^${kind}: [1-9]\\d* rows read = `))
    expect(stdout).not.toContain(' = 0 inserted + 0 updated + 0 unchanged')
  })

  it('takes the name of a file of the preset, and says what there is to choose from', {
    timeout: 120_000,
  }, async () => {
    const tasks = path.join(FIXTURES, 'salesforce/tasks.csv')
    expect(await run('--preset', 'salesforce/tasks', tasks)).toMatchObject({ code: 0 })
    expect(await run('--preset', 'salesforce', '--kind', 'activities', tasks)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        '--preset salesforce: activities are several files; say --kind campaign-members, email-messages, events, tasks\n',
    })
    expect(await run('--kind', 'deals', tasks)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'got "deals": generic and hubspot call opportunities so; add --preset generic or hubspot\n',
      ),
    })
  })
})

describe('npm run import -- --rejects', () => {
  it('refuses an input before anything is imported', { timeout: 120_000 }, async () => {
    const text = `${SPEND}2024-01,ads,ten,EUR\n2024-01,ads,1,EUR\n`
    await write('x.csv', text)
    expect(await run('--kind', 'spend', 'x.csv', '--rejects', './x.csv')).toEqual({
      code: 1,
      stdout: '',
      stderr: '--rejects ./x.csv: this is the input x.csv: name another file\n',
    })
    expect(await readFile(path.join(folder, 'x.csv'), 'utf8')).toBe(text)
    expect(await rowsOf(database, 'select count(*) as rows from spend')).toEqual([{ rows: 0 }])
  })

  it('by default keeps the rejects of two files of one name, of one run or of two', { timeout: 120_000 }, async () => {
    await write('a/x.csv', `${SPEND}2024-01,one,ten,EUR\n`)
    await write('b/x.csv', `${SPEND}2024-01,two,ten,EUR\n2024-02,three,ten,EUR\n`)
    const together = JSON.parse((await run('--kind', 'spend', 'a/x.csv', 'b/x.csv', '--json')).stdout)
    const files: readonly string[] = together.rejects_files
    const named = async () => {
      const rows = await Promise.all(files.map(async (file) => rejectsOf(path.join(folder, file))))
      return rows.flat().map(({ file, line }) => `${file}:${line}`)
    }
    expect(await named()).toEqual(['a/x.csv:2', 'b/x.csv:2', 'b/x.csv:3'])
    await rm(path.join(folder, 'rejects'), { recursive: true })
    await run('--kind', 'spend', 'a/x.csv')
    await run('--kind', 'spend', 'b/x.csv')
    expect(await named()).toEqual(['a/x.csv:2', 'b/x.csv:2', 'b/x.csv:3'])
  })
})

describe('the exit status of npm run import', () => {
  const rows = (good: number, bad: number) =>
    SPEND +
    Array.from({ length: good + bad }, (_, index) => `2024-01,c${index},${index < bad ? '"12,34,5"' : 1},EUR\n`).join(
      '',
    )

  it('is 2 when too much of a file was rejected, with the commonest reason and what to do', {
    timeout: 120_000,
  }, async () => {
    await write('good.csv', rows(100, 0))
    await write('more.csv', rows(7, 3))
    const { code, stdout, stderr } = await run('--kind', 'spend', 'good.csv', 'more.csv')
    expect(code).toBe(2)
    expect(stdout).toMatch(/^spend: 110 rows read = /)
    expect(stderr).toContain('more.csv: 3 of 10 rows were rejected, more than the 20% of --max-rejected\n')
    expect(stderr).toContain(
      'the most frequent reason is bad_number, 3 rows; the first: line 2, amount, "12,34,5": expected an',
    )
    expect(stderr).toContain('what to do: check that the right column is mapped, or export numbers as 1234.5')
    expect(stderr).not.toContain('good.csv: ')
    expect(await run('--kind', 'spend', '--max-rejected', '30%', 'good.csv', 'more.csv')).toMatchObject({ code: 0 })
  })

  it('is 2 when every row was rejected, whatever --max-rejected says', { timeout: 120_000 }, async () => {
    await write('all.csv', rows(0, 3))
    const { code, stdout, stderr } = await run('--kind', 'spend', '--max-rejected', '1', '--json', 'all.csv')
    expect([code, JSON.parse(stdout).too_many_rejected]).toEqual([2, ['all.csv']])
    expect(stderr).toContain('all.csv: 3 of 3 rows were rejected\n')
    expect(await run('--kind', 'spend', '--max-rejected', '20', 'all.csv')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('must be a share from 0% to 100%, such as 5% or 0.05, got "20"'),
    })
  })
})

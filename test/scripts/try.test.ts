import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { csvOf, isWon, madeDeals, withColumn } from '../core/evaluation/table/made-tables.ts'
import { runScriptFile } from '../support/run-script.ts'
import { scriptFile } from '../support/script-file.ts'

/** Nothing listens there: a command that opens a database fails. */
const NO_DATABASE = { url: 'postgres://nobody@127.0.0.1:9/none' }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-try-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function tryFile(text: string, ...args: readonly string[]) {
  const file = path.join(folder, 'table.csv')
  await writeFile(file, text)
  return await runScriptFile(NO_DATABASE, scriptFile('try'), [file, ...args], { cwd: folder })
}

const deals = withColumn(madeDeals({ seed: 1, dated: true }), 'Loss Reason', (row) => (isWon(row) ? '' : 'Price'))

describe('winrate try', () => {
  it('answers on one page, without a database', async () => {
    const { code, stdout, stderr } = await tryFile(csvOf(deals))
    expect([code, stderr.match(/error/i)?.[0]], stderr).toEqual([0, undefined])
    for (const part of [
      /^Too early: .* not yet better than the share .* of two deals, one won and one lost, the model puts the won one first in \d\d of 100 cases \(95% interval \d\d to \d\d\)\./,
      /^ {2}Looked at, in 6 columns: .*$/m,
      /^ {2}Not looked at: .* there is no date of the close\./m,
      /^400 rows: \d+ won, \d+ lost\.$/m,
      /^ {2}won +"Status" = Closed Won: .* \[--won COLUMN=VALUE\]$/m,
      /^ {2}date +"Create Date": .* \[--date COLUMN\]$/m,
      /^ {2}- Loss Reason: /m,
      /^ {2}With them the AUC would have been 1\.00 instead of 0\.\d\d/m,
      /^ {2}AUC +0\.\d\d \(95% interval 0\.\d\d to 0\.\d\d\)/m,
      /^ {2}log loss +0\.\d+, of the base rate \(\d+% won\) 0\.\d+/m,
      /^ {2}calibration +observed\/expected .*, slope /m,
      /^What matters: /m,
      /^What to bring next$/m,
    ])
      expect(stdout).toMatch(part)
    expect(stdout.split('\n').length).toBeLessThan(60)
    expect(await readdir(folder)).toEqual(['table.csv'])
  })

  it('writes the same as a page, and refuses a file that it cannot write before it reads', async () => {
    const { stdout } = await tryFile(csvOf(deals), '--html', 'page.html')
    const page = await readFile(path.join(folder, 'page.html'), 'utf8')
    await rm(path.join(folder, 'page.html'))
    expect(page).toContain('<title>Winrate try, table.csv</title>')
    for (const part of [stdout.split('\n')[0] ?? '', 'Reliability: predicted and observed', 'Loss Reason'])
      expect(page).toContain(part)
    const refused = await tryFile('no table', '--html', path.join('nowhere', 'page.html'))
    expect([refused.code, refused.stderr.trim()]).toEqual([1, '--html nowhere/page.html: there is no such folder'])
  })

  it('has the same in JSON, the same each time', async () => {
    const [one, other] = [
      await tryFile(csvOf(deals), '--json'),
      await tryFile(csvOf(deals, ';'), '--json', '--delimiter', 'semicolon'),
    ]
    expect(other.stdout).toBe(one.stdout)
    expect(JSON.parse(one.stdout)).toMatchObject({
      verdict: 'tried',
      recommendation: 'too_early',
      tested: { method: 'forward' },
      leaks: [{ column: 'Loss Reason', left_out: true }],
    })
  })

  it('exits with 2 where there are too few rows, and with 1 where it has to be told more', async () => {
    const few = await tryFile(csvOf(madeDeals({ seed: 1, rows: 60 })))
    expect([few.code, few.stdout.match(/^Too few: .*$/m)?.[0]]).toEqual([
      2,
      expect.stringContaining('It takes 40 of each to say anything, so there is no figure.'),
    ])
    expect(few.stdout).toMatch(
      /^Too early: no decision can rest on this table yet, because there are \d+ won and \d+ lost rows/,
    )
    expect(few.stdout).not.toContain('AUC')
    const unclear = await tryFile('a,b\n1,x\n2,y\n')
    expect([unclear.code, unclear.stdout]).toEqual([1, ''])
    expect(unclear.stderr).toContain('No column says which rows were won')
  })
})

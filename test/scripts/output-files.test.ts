import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { reportFile, writeJson } from '../../scripts/report-file.ts'
import { runScriptFile } from '../support/run-script.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-output-'))
  return () => rm(folder, { recursive: true })
})

const at = (file: string) => path.join(folder, file)
const BEGINS = /^\{\s*"format": "report\//

describe('a file that a script writes at its end', () => {
  it('replaces an earlier report of its kind, and nothing else', async () => {
    await writeJson(await reportFile('--json', at('new.json'), BEGINS), { format: 'report/1' })
    await writeJson(await reportFile('--json', at('new.json'), BEGINS), { format: 'report/2' })
    expect(JSON.parse(await readFile(at('new.json'), 'utf8'))).toEqual({ format: 'report/2' })
    expect(await readdir(folder)).toEqual(['new.json'])
    for (const text of ['{"name": "winrate"}', 'account,amount\n1,2\n', '{"format": 1}']) {
      await writeFile(at('other'), text)
      await expect(reportFile('--json', at('other'), BEGINS)).rejects.toThrow(
        `--json ${at('other')}: a file is there that this command did not write, and it would be lost: name another file`,
      )
    }
  })

  it('is refused as an input, as a link, as a folder, and where there is no folder', async () => {
    await writeFile(at('input.json'), '{"format": "report/1"}')
    await symlink('input.json', at('link.json'))
    await mkdir(at('folder'))
    const refused = async (file: string, inputs: readonly string[] = []) =>
      expect(reportFile('--json', file, BEGINS, inputs)).rejects
    await (await refused(at('input.json'), [at('input.json')])).toThrow('this is the input')
    await (await refused(at('link.json'))).toThrow('this is a symbolic link')
    await (await refused(at('folder'))).toThrow('this is a folder')
    await (await refused(at('none/report.json'))).toThrow('there is no such folder')
  })

  it('is nowhere when none was asked for', async () => {
    await writeJson(await reportFile('--json', undefined, BEGINS), {})
    expect(await readdir(folder)).toEqual([])
  })
})

describe('npx winrate simulate', () => {
  const simulate = (out: string, ...more: string[]) =>
    runScriptFile(
      { url: '' },
      'scripts/developer/simulate.ts',
      ['--out', out, '--accounts', '20', '--months', '12', ...more],
      {
        cwd: folder,
      },
    )

  it('overwrites an earlier world, and no export of a company', { timeout: 120_000 }, async () => {
    await mkdir(at('exports'))
    await writeFile(at('exports/contacts.csv'), 'external_id\n1\n')
    const refused = await simulate('exports')
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toBe(
      'simulate: --out exports/contacts.csv: a file is there that this command did not write, and it would be lost: name another folder\n',
    )
    expect(await readdir(at('exports'))).toEqual(['contacts.csv'])
    const progress = expect.stringMatching(/^(?:simulated: \d+ of 20 accounts\n)+$/) as string
    expect(await simulate('world', '--dirt', '0.5')).toMatchObject({ code: 0, stderr: progress })
    expect(await simulate('world')).toMatchObject({ code: 0, stderr: progress })
    expect(await readdir(at('world'))).not.toContain('enrichment.csv')
    expect(await simulate('world', '--worklist', 'world/truth/account-months.csv')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this is the input world/truth/account-months.csv'),
    })
  })
})

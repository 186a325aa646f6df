import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import type { IsoDate } from '../../../../../src/core/base/time.ts'
import { simulationOptions } from '../../../../../src/simulation/options.ts'
import { shapedExport } from '../../../../../src/simulation/export/shapes/shapes.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase } from '../../../../support/server/database.ts'

const ROOT = path.join(import.meta.dirname, '../../../../..')
const DOCUMENT = path.join(ROOT, 'docs/import.md')
const WORLD = simulationOptions({ accounts: 700, months: 36, end: '2025-11-01' as IsoDate, seed: 1 })

/** The commands under "From an export folder to a trained version", without their comments. */
async function documentedCommands(): Promise<readonly (readonly string[])[]> {
  const [, block = ''] = /trained version:\n\n```sh\n([^]*?)```/.exec(await readFile(DOCUMENT, 'utf8')) ?? []
  return block
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.split(/\s+/).slice(2))
}

it('leads from a folder of HubSpot exports to a trained version, as documented', { timeout: 1_200_000 }, async () => {
  const database = await createTestDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-engineer-'))
  try {
    const options = { shape: 'hubspot-labels', currency: true, spreadsheet: false, timeZone: 'UTC' } as const
    const { files } = shapedExport(WORLD, options)
    await mkdir(path.join(folder, 'exports'))
    await cp(path.join(ROOT, 'models'), path.join(folder, 'models'), { recursive: true })
    for (const [file, text] of files) await writeFile(path.join(folder, 'exports', file), text)
    const commands = await documentedCommands()
    expect(commands.length).toBeLessThanOrEqual(5)
    const told: string[] = []
    for (const command of commands) {
      const { code, stdout, stderr } = await runScriptFile(database, 'scripts/winrate.ts', command, { cwd: folder })
      expect({ command, code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ command, code: 0, stderr: '' })
      told.push(stdout)
    }
    expect(told.at(-1)).toMatch(/\bm-[0-9a-f]{16}\b/)
    expect(await rowsOf(database, 'select count(*)::int as versions from model_version')).toEqual([{ versions: 1 }])
    // Nobody wrote a mapping: the only JSON is what `init` made.
    const made = await readdir(folder)
    expect(made.toSorted()).toEqual(['exports', 'models', 'our-models'])
  } finally {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

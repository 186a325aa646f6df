import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import { exportAccounts, exportedFiles } from '../../../../src/simulation/export/export.ts'
import { simulationOptions } from '../../../../src/simulation/options.ts'
import { SIMULATED_KINDS } from '../../../../src/simulation/export/simulated-kinds.ts'
import type { IsoDate } from '../../../../src/core/base/time.ts'
import { checksums } from '../../../support/server/checksum.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { drawKillPoint, placeKillPoint } from '../../../support/server/kill-point.ts'

/** `KILLS=20 npm test -- killed` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 5)
const CHILD = path.join(import.meta.dirname, '../../../support/children/import-child.ts')

const since = new Date(Date.now() - 1000).toISOString()
let folder: string
let clean: Readonly<Record<string, string>>
const files = [...SIMULATED_KINDS.filter((kind) => kind !== 'spend').map((kind) => `${kind}:${kind}.csv`)]
// What has no dates depends on what an import finds, and rows that repeat a key on which came first.
files.push('accounts:undated.csv', 'activities:undated-events.csv')

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-killed-'))
  const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 60, months: 12, seed: 'killed' })
  const lines = new Map(exportedFiles(0.5).map(({ file, header }) => [file, [header]]))
  for (const account of exportAccounts(options, 0.5)) {
    for (const [file, added] of Object.entries(account.lines)) lines.get(file)?.push(...added)
  }
  for (const [file, text] of lines) if (!file.includes('/')) await write(`${file}.csv`, text)
  await write('undated.csv', ['external_id,industry', ...undated((index) => `U${index % 350},industry ${index}`)])
  await write('undated-events.csv', [
    'source_id,kind,occurred_at,account_external_id',
    ...undated((index) => `u${index % 350},visit,2025-03-0${1 + (index % 9)},U${index % 350}`),
  ])
  const database = await createTestDatabase()
  const exit = await ended(importAll(database))
  if (exit !== 0) throw new Error(`the undisturbed run ended with ${exit}`)
  clean = await checksums(database.pool, since)
  await database.drop()
})
afterAll(() => rm(folder, { recursive: true }))

/** Each key comes twice, with other content, in different batches. */
function undated(row: (index: number) => string): string[] {
  return Array.from({ length: 700 }, (_, index) => row(index))
}

async function write(file: string, lines: readonly string[]): Promise<void> {
  await writeFile(path.join(folder, file), `${lines.join('\n')}\n`)
}

function importAll(database: TestDatabase): ChildProcess {
  return spawn(process.execPath, [CHILD, database.serviceUrl, folder, ...files], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

async function ended(child: ChildProcess): Promise<number | string | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal
}

describe('an import that is killed', () => {
  it('has written something to compare', () => {
    for (const table of ['account', 'activity', 'intent_signal', 'opportunity_version', 'contact_version'])
      expect(Number.parseInt(clean[table] ?? ''), table).toBeGreaterThan(10)
    expect(clean['import_attempt']).toMatch(/^0 rows/)
  })

  const random = createRandom(`kills ${process.env['SEED'] ?? 1}`)
  it.each(Array.from({ length: KILLS }, (_, index) => [index + 1, random.next()] as const))(
    'in the middle of a write and run again gives the tables of one undisturbed run (%i, drawn by %f)',
    async (_, drawn) => {
      const database = await createTestDatabase()
      const point = await placeKillPoint(database.pool, drawKillPoint(createRandom(String(drawn)), clean))
      const child = importAll(database)
      const exit = ended(child)
      await point.reached()
      child.kill('SIGKILL')
      expect(await exit).toBe('SIGKILL')
      await point.remove()
      expect(await ended(importAll(database))).toBe(0)
      expect(await checksums(database.pool, since)).toEqual(clean)
      await database.drop()
    },
  )
})

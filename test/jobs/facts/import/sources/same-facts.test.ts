import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../../src/core/base/random.ts'
import type { IsoDate } from '../../../../../src/core/base/time.ts'
import { importFiles } from '../../../../../src/jobs/facts/import/import.ts'
import { exportAccounts, exportedFiles } from '../../../../../src/simulation/export/export.ts'
import { SIMULATED_KINDS } from '../../../../../src/simulation/export/simulated-kinds.ts'
import { simulationOptions } from '../../../../../src/simulation/options.ts'
import { checksums } from '../../../../support/server/checksum.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'
import { drawKillPoint, placeKillPoint } from '../../../../support/server/kill-point.ts'

/** `KILLS=20 npm test -- same-facts` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 3)
const CHILD = path.join(import.meta.dirname, '../../../../support/children/singer-child.ts')
const KINDS = SIMULATED_KINDS.filter((kind) => kind !== 'spend')
/** Of the children too: feed_start keeps steps that depend on where a batch ends, which do no harm. */
const BATCH_ROWS = 200
const duckdb = await import('@duckdb/node-api').catch(() => undefined)

const since = new Date(Date.now() - 1000).toISOString()
let folder: string
/** Of the plain import of its CSV files. */
let plain: Readonly<Record<string, string>>

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-same-'))
  const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 60, months: 24, seed: 'killed' })
  const lines = new Map(exportedFiles(0).map(({ file, header }) => [file, [header]]))
  for (const account of exportAccounts(options, 0))
    for (const [file, added] of Object.entries(account.lines)) lines.get(file)?.push(...added)
  for (const [file, text] of lines)
    if (!file.includes('/')) await writeFile(path.join(folder, `${file}.csv`), `${text.join('\n')}\n`)
  await writeSinger()
  plain = await factsOf((database) => importAll(database, 'csv'))
})
afterAll(() => rm(folder, { recursive: true }))

async function factsOf(fill: (database: TestDatabase) => Promise<void>): Promise<Readonly<Record<string, string>>> {
  const database = await createTestDatabase()
  await fill(database)
  const sums = await checksums(database.pool, since)
  await database.drop()
  return sums
}

async function importAll({ pool }: TestDatabase, ending: string): Promise<void> {
  for (const kind of KINDS) {
    const file = path.join(folder, `${kind}.${ending}`)
    const { counts } = await importFiles(pool, {
      kind,
      files: [file],
      rejectsFile: `${file}.rejects`,
      batchRows: BATCH_ROWS,
    })
    expect(counts.rejected, file).toBe(0)
  }
}

/** As a tap of a database sends it: an empty cell is null, and the state follows every batch. */
async function writeSinger(): Promise<void> {
  const messages: object[] = []
  for (const kind of KINDS) {
    const stream = kind.replaceAll('-', '_')
    messages.push({ type: 'SCHEMA', stream, schema: { properties: {} }, key_properties: [] })
    const rows: Record<string, string>[] = parse(await readFile(path.join(folder, `${kind}.csv`)), { columns: true })
    for (const [index, row] of rows.entries()) {
      const record = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === '' ? null : value]))
      messages.push({ type: 'RECORD', stream, record })
      if (index % BATCH_ROWS === BATCH_ROWS - 1) messages.push({ type: 'STATE', value: { [stream]: index + 1 } })
    }
    messages.push({ type: 'STATE', value: { [stream]: 'all' } })
  }
  await writeFile(path.join(folder, 'tap.jsonl'), messages.map((message) => `${JSON.stringify(message)}\n`).join(''))
}

async function runTap({ url }: TestDatabase): Promise<ChildProcess> {
  const input = await open(path.join(folder, 'tap.jsonl'))
  const child = spawn(process.execPath, [CHILD, url], { stdio: [input.fd, 'ignore', 'inherit'] })
  await input.close()
  return child
}

async function ended(child: ChildProcess): Promise<number | string | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal
}

describe('the facts of a company equal those of the plain import of its CSV files, row by row', () => {
  it('which are facts of each kind', () => {
    for (const table of ['account', 'activity', 'intent_signal', 'opportunity_version', 'contact_version'])
      expect(Number.parseInt(plain[table] ?? ''), table).toBeGreaterThan(10)
  })

  it.skipIf(duckdb === undefined)(
    'from Parquet files (skipped where the optional package of DuckDB is missing)',
    async () => {
      const instance = await duckdb?.DuckDBInstance.create()
      const connection = await instance?.connect()
      for (const kind of KINDS) {
        const file = path.join(folder, kind)
        // With the types that DuckDB finds: numbers, days, times with a zone.
        await connection?.run(
          `copy (from read_csv('${file}.csv', sample_size = -1)) to '${file}.parquet' (format parquet)`,
        )
      }
      connection?.closeSync()
      instance?.closeSync()
      expect(await factsOf((database) => importAll(database, 'parquet'))).toEqual(plain)
    },
  )

  it('from the messages of a tap', async () => {
    const facts = await factsOf(async (database) => {
      expect(await ended(await runTap(database))).toBe(0)
    })
    expect(facts).toEqual(plain)
  })

  const random = createRandom(`kills ${process.env['SEED'] ?? 1}`)
  it.each(Array.from({ length: KILLS }, (_, index) => [index + 1, random.next()] as const))(
    'from a tap that was killed in the middle of a write and run again (%i, drawn by %f)',
    async (_, drawn) => {
      const database = await createTestDatabase()
      const point = await placeKillPoint(database.pool, drawKillPoint(createRandom(String(drawn)), plain))
      const child = await runTap(database)
      const exit = ended(child)
      await point.reached()
      child.kill('SIGKILL')
      expect(await exit).toBe('SIGKILL')
      await point.remove()
      expect(await ended(await runTap(database))).toBe(0)
      expect(await checksums(database.pool, since)).toEqual(plain)
      await database.drop()
    },
  )
})

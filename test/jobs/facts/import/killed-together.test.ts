import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { IMPORT_KINDS, type ImportKind } from '../../../../src/core/facts/import/kinds.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { importFiles } from '../../../../src/jobs/facts/import/import.ts'
import { checksums } from '../../../support/server/checksum.ts'
import { createCopy, createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { rowsOf } from '../../../support/import-text.ts'

/** `KILLS=50 npm test -- killed-together` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 5)
const CHILD = path.join(import.meta.dirname, '../../../support/children/import-together-child.ts')
const ROWS = 280
const BATCH_ROWS = 40
/** Accounts, contacts and opportunities that are there before: what ties them together may come in any order. */
const KNOWN = 60

const since = new Date(Date.now() - 1000).toISOString()
let folder: string
let base: TestDatabase
let batches: number
let expected: Readonly<Record<string, string>>

const day = (index: number) => `2025-0${1 + (index % 9)}-1${index % 10}`
const at = (index: number) => `${day(index)}T0${index % 10}:00:00Z`
/** The last fifth repeats keys with other content, without a date: what it says depends on the rows before. */
const key = (index: number) => index % (0.8 * ROWS)
const knownAt = (index: number) => (index < 0.8 * ROWS ? at(index) : '')

const FILES: Readonly<Record<ImportKind, readonly [string, (index: number) => readonly (string | number)[]]>> = {
  accounts: [
    'external_id,domain,industry,known_at',
    (n) => [`A${key(n)}`, `a${key(n)}.com`, `industry ${n}`, knownAt(n)],
  ],
  contacts: [
    'external_id,account_external_id,email,title,known_at',
    (n) => [`C${key(n)}`, `A${n % 90}`, `c${key(n)}@a${n % 90}.com`, `title ${n}`, knownAt(n)],
  ],
  activities: [
    'source_id,kind,occurred_at,domain,contact_external_id,initiated_by',
    (n) => [`v${key(n)}`, n % 3 ? 'visit' : 'click', at(key(n)), `www.a${n % 250}.com`, n % 4 ? '' : `C${n}`, 'buyer'],
  ],
  'intent-signals': [
    'provider,topic,domain,period_start,period_end,strength',
    (n) => ['p', `t${key(n)}`, `a${n % 250}.com`, day(n), day(n), n % 100],
  ],
  'business-events': ['source_id,kind,occurred_at,domain', (n) => [`b${key(n)}`, 'funding', at(n), `a${n % 250}.com`]],
  opportunities: [
    'external_id,account_external_id,outcome,opened_at,closed_at,amount,currency,known_at',
    (n) => [`O${key(n)}`, `A${key(n) % 90}`, 'won', '2024-01-01T00:00:00Z', at(key(n)), n, 'EUR', ''],
  ],
  'opportunity-contacts': [
    'opportunity_external_id,contact_external_id,role,known_at',
    (n) => [`O${n % KNOWN}`, `C${(n * 7) % KNOWN}`, 'user', at(n)],
  ],
  'stage-history': ['opportunity_external_id,stage,entered_at', (n) => [`O${n % KNOWN}`, `stage ${n % 7}`, at(n)]],
  'account-links': [
    'account_external_id,kind,value,known_at',
    (n) => [`A${n % KNOWN}`, 'visitor', `visitor${n}`, at(n)],
  ],
  'customer-events': [
    'source_id,kind,account_external_id,occurred_at,amount,currency',
    (n) => [`e${key(n)}`, 'renewal', `A${n % 90}`, at(key(n)), n, 'USD'],
  ],
  spend: ['month,channel,amount,currency', (n) => ['2025-03', `channel ${key(n)}`, n, 'EUR']],
  rates: [
    'currency,day,usd_per_unit',
    (n) => [n % 2 ? 'EUR' : 'GBP', `2024-0${1 + (n % 9)}-${10 + (n % 18)}`, 1 + n / 1000],
  ],
}

async function write(target: string, kind: ImportKind, rows: number): Promise<string> {
  const [header, row] = FILES[kind]
  await mkdir(target, { recursive: true })
  const file = path.join(target, `${kind}.csv`)
  await writeFile(file, [header, ...Array.from({ length: rows }, (_, index) => row(index).join(',')), ''].join('\n'))
  return file
}

async function importTogether({ url }: TestDatabase, lastBatch = 0) {
  const child = spawn(process.execPath, [CHILD, url, path.join(folder, 'all'), String(BATCH_ROWS), String(lastBatch)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
  })
  let output = ''
  child.stdout.on('data', (data) => (output += String(data)))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  return { ended: code ?? signal, batches: Number(output) }
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-together-'))
  base = await createTestDatabase()
  for (const kind of ['accounts', 'contacts', 'opportunities'] as const)
    await importFiles(base.pool, { kind, files: [await write(path.join(folder, 'known'), kind, KNOWN)] })
  await base.close()
  for (const kind of IMPORT_KINDS) await write(path.join(folder, 'all'), kind, ROWS)
  const database = await createCopy(base)
  const run = await importTogether(database)
  if (run.ended !== 0) throw new Error(`the undisturbed run ended with ${run.ended}`)
  batches = run.batches
  expected = await checksums(database.pool, since)
  await database.drop()
}, 120_000)
afterAll(async () => {
  await base.drop()
  await rm(folder, { recursive: true })
})

describe('imports of every kind at the same time', () => {
  it('write rows of each kind, the same ones as one after the other', { timeout: 120_000 }, async () => {
    const database = await createCopy(base)
    for (const kind of IMPORT_KINDS) {
      const files = [path.join(folder, 'all', `${kind}.csv`)]
      const { counts } = await importFiles(database.pool, {
        kind,
        files,
        batchRows: BATCH_ROWS,
      })
      expect([kind, counts.read, counts.rejected]).toEqual([kind, ROWS, 0])
    }
    expect(expected).toEqual(await checksums(database.pool, since))
    expect(
      Object.entries(expected)
        .filter(([, sum]) => sum.startsWith('0 rows'))
        .map(([table]) => table),
    ).toEqual(['import_attempt'])
    await database.drop()
  })

  const random = createRandom(`together ${process.env['SEED'] ?? 1}`)
  it.each(Array.from({ length: KILLS }, (_, index) => [index + 1, random.next()] as const))(
    'that are killed and run again give the tables of an undisturbed run (%i, at %f of the batches)',
    { timeout: 120_000 },
    async (_, part) => {
      const database = await createCopy(base)
      expect(await importTogether(database, 1 + Math.floor(part * (batches - 1)))).toMatchObject({ ended: 'SIGKILL' })
      const [unfinished] = await rowsOf(database, 'select count(*)::integer as imports from import_attempt')
      expect(unfinished).toEqual({ imports: expect.toSatisfy((imports: number) => imports > 0) })
      expect(await importTogether(database)).toMatchObject({ ended: 0 })
      expect(await checksums(database.pool, since)).toEqual(expected)
      await database.drop()
    },
  )
})

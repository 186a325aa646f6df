import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImportKind } from '../../../../src/core/facts/import/kinds.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { exportAccounts, exportedFiles } from '../../../../src/simulation/export/export.ts'
import { simulationOptions } from '../../../../src/simulation/options.ts'
import { SIMULATED_KINDS } from '../../../../src/simulation/export/simulated-kinds.ts'
import type { IsoDate } from '../../../../src/core/base/time.ts'
import { importFiles } from '../../../../src/jobs/facts/import/import.ts'
import { loadSpecification } from '../../../../src/jobs/models/load-specification.ts'
import { train } from '../../../../src/jobs/training/train.ts'
import { checksums } from '../../../support/server/checksum.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { at } from '../../../support/facts.ts'

const kinds = SIMULATED_KINDS.filter((kind) => kind !== 'spend')
const shipped = loadSpecification('models')
/** Of a company this small only the openings can be learned. */
const specification = { ...shipped, models: shipped.models.filter(({ model }) => model === 'in_market') }
const since = new Date(Date.now() - 1000).toISOString()
let folder: string
let database: TestDatabase
let other: TestDatabase

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-order-'))
  const options = simulationOptions({ end: '2025-11-01' as IsoDate, accounts: 250, months: 24, seed: 'order' })
  const lines = new Map(exportedFiles(0).map(({ file, header }) => [file, [header]]))
  for (const account of exportAccounts(options, 0)) {
    for (const [file, added] of Object.entries(account.lines)) lines.get(file)?.push(...added)
  }
  for (const [file, text] of lines) if (!file.includes('/')) await writeFile(csv(file), `${text.join('\n')}\n`)
  database = await createTestDatabase()
  other = await createTestDatabase()
  for (const kind of kinds) await importKind(database, kind)
})
afterAll(async () => {
  await Promise.all([database.drop(), other.drop()])
  await rm(folder, { recursive: true })
})

const csv = (file: string) => path.join(folder, `${file}.csv`)

async function importKind({ pool }: TestDatabase, kind: ImportKind, file: string = kind, batchRows = 10_000) {
  const summary = await importFiles(pool, { kind, files: [csv(file)], rejectsFile: `${csv(file)}.rejects`, batchRows })
  return summary.counts
}

describe('importing', () => {
  it('twice changes nothing', async () => {
    const before = await checksums(database.pool, since)
    for (const kind of kinds) {
      const { inserted, updated, rejected } = await importKind(database, kind)
      expect([kind, inserted, updated, rejected]).toEqual([kind, 0, 0, 0])
    }
    expect(await checksums(database.pool, since)).toEqual(before)
  })

  it('the files in another order, rows shuffled, batches cut elsewhere, trains the same artifact to the byte', async () => {
    const random = createRandom('shuffle')
    // What ties two things together can only come after them.
    const ties: readonly ImportKind[] = ['opportunity-contacts', 'stage-history', 'account-links']
    const order = [...random.shuffle(kinds.filter((kind) => !ties.includes(kind))), ...random.shuffle(ties)]
    expect(order.indexOf('activities')).not.toBe(kinds.indexOf('activities'))
    for (const kind of order) {
      const [header = '', ...rows] = (await readFile(csv(kind), 'utf8')).trim().split('\n')
      await writeFile(csv(`shuffled-${kind}`), `${[header, ...random.shuffle(rows)].join('\n')}\n`)
      await importKind(other, kind, `shuffled-${kind}`, 777)
    }
    const [one, two] = [await train(database.db, specification, END), await train(other.db, specification, END)]
    if (one.kind !== 'trained' || two.kind !== 'trained') throw new Error('not trained')
    expect(JSON.stringify(two.artifact)).toBe(JSON.stringify(one.artifact))
    expect(two.version).toBe(one.version)
    // Steps of feed_start that say nothing more, since an earlier one came later, are left where they are.
    const { feed_start: _one, ...tables } = await checksums(database.pool, since)
    const { feed_start: _other, ...others } = await checksums(other.pool, since)
    expect(others).toEqual(tables)
  })
})

const END = at('2025-11-01')

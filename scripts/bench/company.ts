import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import type { Pool } from 'pg'
import type { ImportKind } from '../../src/core/facts/import/kinds.ts'
import { SIMULATED_KINDS } from '../../src/simulation/export/simulated-kinds.ts'
import type { LoadedModel } from '../../src/core/scoring/artifact/model-artifact.ts'
import { type Instant, parseInstant } from '../../src/core/base/time.ts'
import { loadModel } from '../../src/jobs/registry/champion.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { promote } from '../../src/jobs/registry/promote.ts'
import { scoreEverybody } from '../../src/jobs/scoring/score.ts'
import { train } from '../../src/jobs/training/train.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import type { Size } from './size.ts'

const SCRIPTS = path.resolve(import.meta.dirname, '../developer')
const END = '2025-10-01'
export const AS_OF = parseInstant(`${END}T00:00:00Z`) as Instant
const ACCOUNTS: Readonly<Record<Size, number>> = { smoke: 700, small: 1500, full: 4500 }

export interface Company {
  readonly database: OpenDatabase
  /** Trained, promoted, and all accounts scored; made at the first use. */
  champion(): Promise<LoadedModel>
}

/** Writes the company's CSV files. */
export async function simulateCompany(folder: string, size: Size): Promise<void> {
  await simulate(folder, ['--accounts', String(ACCOUNTS[size])])
}

/** Writes the files of one with five years of history, and two opportunities an account. */
export async function simulateOpportunities(folder: string, opportunities: number): Promise<void> {
  const size = ['--opportunities', String(opportunities), '--accounts', String(opportunities / 2), '--months', '60']
  await simulate(folder, size)
}

async function simulate(folder: string, size: readonly string[]): Promise<void> {
  const args = ['--out', folder, ...size, '--end', END, '--seed', 'bench']
  const child = spawn(process.execPath, [path.join(SCRIPTS, 'simulate.ts'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`simulate ended with ${code}`)
}

export async function importKinds(pool: Pool, folder: string, kinds: readonly ImportKind[]): Promise<void> {
  for (const kind of kinds) {
    const rejectsFile = path.join(folder, `${kind}.rejects.csv`)
    const { counts } = await importFiles(pool, { kind, files: [path.join(folder, `${kind}.csv`)], rejectsFile })
    if (counts.rejected > 0) throw new Error(`${kind}: ${counts.rejected} rows were rejected`)
  }
}

export async function createCompany(database: OpenDatabase, folder: string): Promise<Company> {
  await importKinds(database.pool, folder, SIMULATED_KINDS)
  let champion: Promise<LoadedModel> | undefined
  return { database, champion: () => (champion ??= learn(database)) }
}

async function learn({ db }: OpenDatabase): Promise<LoadedModel> {
  const outcome = await train(db, loadSpecification(path.join(SCRIPTS, '../../models')), AS_OF)
  if (outcome.kind !== 'trained')
    throw new Error(`the ${outcome.model} model could not be trained: ${outcome.failure.kind}`)
  await promote(db, outcome.version, { promotedBy: 'bench', force: true, reason: 'benchmark' })
  const model = await loadModel(db, outcome.version)
  await scoreEverybody(db, model, AS_OF)
  return model
}

/** `rows` activities: those of the company over and over, each time under other ids. */
export async function writeActivities(source: string, target: string, rows: number): Promise<void> {
  const out = createWriteStream(target, { highWaterMark: 1024 * 1024 })
  let written = 0
  for (let copy = 0; written < rows; copy += 1) {
    let isHeader = true
    for await (const line of createInterface({
      input: createReadStream(source),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      const [first = '', id = '', ...rest] = line.split(',')
      const text = isHeader ? line : [first, `${id}-${copy}`, ...rest].join(',')
      const isWanted = isHeader ? copy === 0 : written < rows
      if (isWanted && !out.write(`${text}\n`)) await once(out, 'drain')
      if (!isHeader) written += 1
      isHeader = false
      if (written >= rows) break
    }
  }
  out.end()
  await finished(out)
}

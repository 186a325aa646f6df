// Sends the service generated requests, valid and invalid by its OpenAPI document. `npx winrate fuzz --help`.
import '../../src/node-version.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { SIMULATED_KINDS } from '../../src/simulation/export/simulated-kinds.ts'
import { dayOf, instantOfEpochMs } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { importKinds } from '../bench/company.ts'
import { wholeNumber } from '../arguments.ts'
import { runScript } from '../cli.ts'
import { fuzz } from '../fuzz/run.ts'
import { learnQuickly } from '../fuzz/learn.ts'
import { startFuzzedService } from '../fuzz/service.ts'

const ACCOUNTS = '300'
const MONTHS = '24'

const options = new Command('winrate fuzz')
  .description(
    'Send generated requests to the service by its OpenAPI document, on a simulated company in a database of its own.',
  )
  .option('--cases <n>', 'requests of each operation; a tenth as many sequences', wholeNumber(1), 50)
  .option('--seed <n>', 'the same seed makes the same requests', wholeNumber(1), 1)
  .option('--operation <ids...>', 'only these operations, by operationId')
  .parse()
  .opts<{ cases: number; seed: number; operation?: readonly string[] }>()

await runScript(async () => {
  const { database } = loadConfig(process.env)
  const generous = withTrainingTimeout(database)
  await withOwnDatabase(generous, 'winrate_fuzz', async (own) => {
    console.error(`fuzz: simulating and importing a company, and training on it, of ${ACCOUNTS} accounts`)
    await fill(own)
    const service = await startFuzzedService(own)
    try {
      const { cases, seed, operation } = options
      const progress = (line: string) => console.error(`fuzz: ${line}`)
      const result = await fuzz(service, { cases, seed, operations: operation, progress })
      for (const found of result.findings) {
        console.log(`${found.operation} (${found.kind}, seed ${seed}): ${found.fault}\n    ${found.request}\n`)
      }
      if (result.findings.length > 0 || result.cases === 0) process.exitCode = 1
      console.log(
        `${result.operations} operations, seed ${seed}: ${count(result.cases)} cases, ${count(result.requests)} requests, ` +
          `${count(result.accepted)} accepted, ${count(result.findings.length)} findings`,
      )
    } finally {
      await service.close()
    }
  })
})

async function fill({ db, pool }: OpenDatabase): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-fuzz-'))
  try {
    const size = [
      '--accounts',
      ACCOUNTS,
      '--months',
      MONTHS,
      '--end',
      dayOf(instantOfEpochMs(Date.now())),
      '--seed',
      'fuzz',
    ]
    const simulate = spawn(
      process.execPath,
      [path.join(import.meta.dirname, 'simulate.ts'), '--out', folder, ...size],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const [code] = await once(simulate, 'exit')
    if (code !== 0) throw new AppError('OptionInvalid', 'the company could not be simulated: see the message above')
    await importKinds(pool, folder, SIMULATED_KINDS)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  await learnQuickly(db)
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

// The whole of Winrate on a simulated company, in a database of its own. `npx winrate demo [--exit]`.
import '../../src/node-version.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { SIMULATED_KINDS } from '../../src/simulation/export/simulated-kinds.ts'
import { dayOf, instantOfEpochMs } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { loadModel } from '../../src/jobs/registry/champion.ts'
import { checkedTraining } from '../../src/jobs/training/train-with-audit.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'
import { describeFailure } from '../../src/jobs/training/training-failure.ts'
import { loadPolicy } from '../../src/jobs/models/load-policy.ts'
import { storeFileSegments } from '../../src/jobs/qualification/load-segments.ts'
import { previewActions } from '../../src/jobs/scoring/preview-actions.ts'
import { loadPlaybook } from '../../src/jobs/models/load-playbook.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { promote } from '../../src/jobs/registry/promote.ts'
import { scoreEverybody } from '../../src/jobs/scoring/score.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { listHighestScores } from '../../src/store/scoring/scores.ts'
import { wholeNumber } from '../arguments.ts'
import { progressLines, runScript } from '../cli.ts'
import { accountCard } from '../text/account-card.ts'
import { solidReasonsLine } from '../text/reasons.ts'
import { findingsText, trainingSummary } from '../text/training-report.ts'
import { counted } from '../../src/core/base/counted.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const SHOWN = 20
const LEAST_ACCOUNTS = 600
const SERVICE_ENDS_WITHIN_MS = 30_000

const options = new Command('winrate demo')
  .description('Simulate a company, import its exports, train, score, and serve the result.')
  .option('--exit', 'stop after the twenty accounts instead of starting the service')
  .option(
    '--accounts <n>',
    `size of the simulated company; below ${LEAST_ACCOUNTS} it has too few won deals to train on`,
    wholeNumber(LEAST_ACCOUNTS),
    3000,
  )
  .option('--seed <text>', 'another seed, another company', '1')
  .parse()
  .opts<{ exit?: boolean; accounts: number; seed: string }>()

await runScript(async () => {
  const config = loadConfig(process.env)
  const database = withTrainingTimeout(config.database)
  const show = async (demo: OpenDatabase, interrupted: AbortSignal) => {
    await untilAborted(
      interrupted,
      fill(demo, interrupted).then(() => learnAndScore(demo)),
    )
    if (options.exit) console.log('\nWithout --exit the service would start now, on this data.')
    else await serve(demo.url, interrupted)
  }
  await withOwnDatabase(database, 'winrate_demo', show, { graceMs: SERVICE_ENDS_WITHIN_MS })
})

async function untilAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  await Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort))
}

/** Simulates the company up to today and imports its exports like those of any company. */
async function fill({ pool }: OpenDatabase, signal: AbortSignal): Promise<void> {
  const today = dayOf(instantOfEpochMs(Date.now()))
  const folder = mkdtempSync(path.join(tmpdir(), 'winrate-demo-'))
  try {
    heading(
      `1. A simulated company of ${options.accounts.toLocaleString('en-US')} accounts, three years up to ${today}`,
    )
    const size = ['--accounts', String(options.accounts), '--end', today, '--seed', options.seed]
    const simulate = spawn(
      process.execPath,
      [path.join(ROOT, 'scripts/developer/simulate.ts'), '--out', folder, ...size],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    const [code] = await once(simulate, 'exit')
    if (code !== 0) throw new AppError('OptionInvalid', 'the company could not be simulated: see the message above')
    heading('2. Its exports, imported')
    for (const kind of SIMULATED_KINDS) {
      const rejectsFile = path.join(folder, `${kind}.rejects.csv`)
      const files = [path.join(folder, `${kind}.csv`)]
      const { counts } = await importFiles(pool, { kind, files, rejectsFile, signal })
      const said = Object.entries(counts).filter(([what, count]) => count > 0 && what !== 'read')
      console.log(
        `   ${kind.padEnd(21)}${said.map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`).join(', ')}`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function learnAndScore({ db }: OpenDatabase): Promise<void> {
  heading('3. A model trained on its won and lost opportunities')
  const asOf = instantOfEpochMs(Date.now())
  const specification = loadSpecification(path.join(ROOT, 'models'))
  const { outcome, findings } = await checkedTraining(db, specification, asOf, progressLines('examples'))
  if (outcome.kind === 'refused') throw new AppError('TrainingRefused', describeFailure(outcome))
  console.log(indented(trainingSummary(outcome)))
  console.log(indented(findingsText(findings)))
  await promote(db, outcome.version, { promotedBy: 'demo', force: true, reason: 'demonstration' })
  await storeFileSegments(db, loadPolicy())
  const model = await loadModel(db, outcome.version)
  const scoring = progressLines('accounts')
  const { scored, withOpenOpportunity, reasons, solidReasons } = await scoreEverybody(db, model, asOf, (done, total) =>
    scoring('scored', done, total),
  )
  heading(`4. The ${SHOWN} accounts to work now`)
  console.log(
    `   Of ${counted(scored, 'account')} scored; ${counted(withOpenOpportunity, 'has an open opportunity and is', 'have an open opportunity and are')} already worked.`,
  )
  console.log(indented(`${solidReasonsLine(reasons, solidReasons)}\n`))
  const top = await listHighestScores(db, { limit: SHOWN })
  const rules = { policy: loadPolicy(), playbook: loadPlaybook() }
  for (const [index, { accountId, score }] of top.entries()) {
    const evaluated = await previewActions(db, model, rules, accountId, instantOfEpochMs(Date.now()))
    console.log(accountCard(index + 1, score, evaluated))
  }
}

/** The addresses are printed when the service has said where it listens: with PORT=0 nobody knows it before. */
async function serve(url: string, interrupted: AbortSignal): Promise<void> {
  heading('5. The service')
  const service = spawn(process.execPath, [path.join(ROOT, 'src', 'main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: url, MIGRATION_DATABASE_URL: '', LOG_LEVEL: 'silent' },
  })
  createInterface({ input: service.stdout }).on('line', (line) => {
    console.log(line)
    const [, base] = /^Winrate listens on (\S+),/.exec(line) ?? []
    if (base !== undefined) console.log(addressesText(base))
  })
  await Promise.race([once(service, 'exit'), once(interrupted, 'abort')])
  if (!interrupted.aborted && service.exitCode !== 0)
    throw new AppError('ServiceStopping', 'the service ended: see the message above')
  await stop(service)
}

function addressesText(base: string): string {
  return `   Documentation    ${base}/docs
   OpenAPI          ${base}/openapi.json
   The list         curl -H "Authorization: Bearer $WINRATE_API_KEY" '${base}/v1/qualified-accounts?limit=5'
   (export WINRATE_API_KEY=... with the key printed above; Ctrl-C ends the service and drops the demo's database)`
}

async function stop(service: ChildProcess): Promise<void> {
  if (service.exitCode !== null || service.signalCode !== null) return
  service.kill('SIGTERM')
  await once(service, 'exit')
}

function heading(text: string): void {
  console.log(`\n${text}`)
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '   ')
}

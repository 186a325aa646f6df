// The kill and fault tests in full, one after the other. `npx winrate chaos`, or a tenth of it: `npx winrate chaos --share 0.1`.
import '../../src/node-version.ts'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { Command } from 'commander'
import { share } from '../arguments.ts'

interface Part {
  readonly name: string
  readonly files: readonly string[]
  /** Under how many events, in full. */
  readonly events?: number
  /** The environment variable with the number of repetitions, and that number in full. */
  readonly count?: { readonly setting: string; readonly full: number }
}

const PARTS: readonly Part[] = [
  {
    name: 'service killed between commit and answer',
    files: ['test/http/plugins/killed-write.test.ts'],
    count: { setting: 'KILLS', full: 100 },
  },
  { name: 'import killed', files: ['test/jobs/facts/import/killed.test.ts'], count: { setting: 'KILLS', full: 50 } },
  {
    name: 'imports in any order and at once',
    files: ['test/jobs/facts/import/identity-order.test.ts'],
    count: { setting: 'WORLDS', full: 4 },
  },
  {
    name: 'imports of every kind at once killed',
    files: ['test/jobs/facts/import/killed-together.test.ts'],
    count: { setting: 'KILLS', full: 50 },
  },
  {
    name: 'service killed in a stream',
    files: ['test/http/routes/facts/ingest-killed.test.ts'],
    count: { setting: 'KILLS', full: 50 },
  },
  {
    name: 'deliverer of webhooks killed',
    files: ['test/jobs/delivery/deliver-killed.test.ts'],
    events: 10_000,
    count: { setting: 'KILLS', full: 200 },
  },
  {
    name: 'write-back to a CRM killed',
    files: ['test/jobs/delivery/write-back/killed.test.ts'],
    count: { setting: 'KILLS', full: 50 },
  },
  {
    name: 'changes polled while 16 writers commit',
    files: ['test/http/routes/delivery/events.test.ts'],
    count: { setting: 'FEED_CHANGES', full: 10_000 },
  },
  {
    name: 'events numbered out of order',
    files: ['test/store/delivery/events.test.ts'],
    count: { setting: 'WINRATE_FEED_EVENTS', full: 10_000 },
  },
  {
    name: 'database backends ended, pool taken',
    files: ['test/http/plugins/database-faults.test.ts'],
    count: { setting: 'FAULTS', full: 1000 },
  },
  {
    name: 'database server restarted under load',
    files: ['test/http/plugins/server-restart.test.ts'],
    count: { setting: 'RESTARTS', full: 20 },
  },
  {
    name: 'embedded database server killed under load',
    files: ['test/http/plugins/server-restart.test.ts'],
    count: { setting: 'KILLS', full: 20 },
  },
  {
    name: 'disk of the embedded database server full',
    files: ['test/store/database/full-disk.test.ts'],
  },
  {
    name: 'slow clients',
    files: ['test/http/plugins/slow-clients.test.ts'],
    count: { setting: 'SLOW_CLIENTS', full: 1000 },
  },
  {
    name: 'feed and deliveries after a restore',
    files: ['test/store/dump-restore.test.ts'],
    count: { setting: 'DUMPED_EVENTS', full: 1000 },
  },
  {
    name: 'verdicts on companies whose true probabilities are known',
    files: ['test/simulation/studies/study.test.ts'],
    count: { setting: 'STUDY_COMPANIES', full: 10 },
  },
  { name: 'promotions at the same time', files: ['test/jobs/registry/promote.test.ts'] },
  {
    name: 'training processes killed',
    files: ['test/jobs/training/training-run.test.ts', 'test/worker-training.test.ts'],
  },
]

const { share: part, only } = new Command('winrate chaos')
  .description(
    'Run the tests that kill processes and inject faults, in full or a share of the repetitions. Exits with 1 on a failure.',
  )
  .option('--share <part>', 'above 0 and up to 1', share({ zero: true }), 1)
  .option('--only <words...>', 'only the parts whose name contains one of these words')
  .parse()
  .opts<{ share: number; only?: readonly string[] }>()

const parts = PARTS.filter(({ name }) => only?.some((word) => name.includes(word)) ?? true)
if (parts.length === 0) {
  console.error(
    `--only ${only?.join(' ')}: no part has such a name; the parts are: ${PARTS.map(({ name }) => name).join('; ')}`,
  )
  process.exit(1)
}
let failures = 0
for (const { name, files, count, events } of parts) {
  const times = count ? Math.max(1, Math.round(count.full * part)) : undefined
  const settings = {
    ...(count ? { [count.setting]: String(times) } : {}),
    ...(events ? { EVENTS: String(Math.max(1, Math.round(events * part))) } : {}),
  }
  const started = performance.now()
  const root = path.join(import.meta.dirname, '../..')
  const child = spawn(process.execPath, ['tools/run.mjs', 'tools/run-tests.ts', ...files], {
    cwd: root,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) {
    failures += 1
    console.error(output)
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`${code === 0 ? 'held  ' : 'FAILED'} ${name}${times ? `, ${times} times` : ''}, ${seconds} s`)
  for (const line of reportedIn(stripVTControlCharacters(output))) console.log(`       ${line}`)
}
console.log(`chaos: ${parts.length} parts, share ${part}, ${failures} failed`)
process.exitCode = failures > 0 ? 1 : 0

/** What the tests have written, and which of them were skipped. */
function reportedIn(output: string): readonly string[] {
  const written = [...output.matchAll(/^stdout \| .*\n((?:.+\n)+)/gm)].flatMap(([, lines = '']) =>
    lines.trim().split('\n'),
  )
  const skipped = /^\d+ skipped:\n(?: {2}.+\n)+/m.exec(output)?.[0].trim().split('\n') ?? []
  return [...written, ...skipped]
}

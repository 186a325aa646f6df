// Measures Winrate, each figure beside a reference from the same run. `npx winrate bench --help`; docs/benchmarks.md.
import '../../src/node-version.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command, Option } from 'commander'
import { loadConfig, withTrainingTimeout } from '../../src/config.ts'
import { withOwnDatabase } from '../../src/store/database/scratch-database.ts'
import { backtestBenchmark } from '../bench/backtest.ts'
import type { BenchContext, Benchmark } from '../bench/benchmark.ts'
import { type Size, SIZES } from '../bench/size.ts'
import { type Company, createCompany, simulateCompany } from '../bench/company.ts'
import { fitBenchmark } from '../bench/fit.ts'
import { httpBenchmark } from '../bench/http/http.ts'
import { importMemoryBenchmark } from '../bench/import/import-memory.ts'
import { importProfileBenchmark } from '../bench/import/import-profile.ts'
import { importBenchmark } from '../bench/import/import.ts'
import { describeMachine, readVersions, type Report, toMarkdown } from '../bench/report.ts'
import { scoreBenchmark } from '../bench/score.ts'
import { snapshotBenchmark } from '../bench/snapshot.ts'
import { runScript } from '../cli.ts'
import { reportFile, writeJson } from '../report-file.ts'

const BENCHMARKS: readonly Benchmark[] = [
  importBenchmark,
  importProfileBenchmark,
  importMemoryBenchmark,
  snapshotBenchmark,
  fitBenchmark,
  scoreBenchmark,
  httpBenchmark,
  backtestBenchmark,
]
const NAMES = BENCHMARKS.map(({ name }) => name)

const options = new Command('winrate bench')
  .description('Measure Winrate. Prints a report in Markdown; progress goes to standard error.')
  .addOption(new Option('--only <names...>', 'some of the benchmarks').choices(NAMES))
  .addOption(
    new Option('--size <size>', 'smoke: only whether each runs; small: some minutes; full: for docs/benchmarks.md')
      .choices(SIZES)
      .default('small'),
  )
  .option('--json <file>', 'write the report as JSON too')
  .option('--peer <script>', 'a script that fits with scikit-learn')
  .parse()
  .opts<{ only?: readonly string[]; size: Size; json?: string; peer?: string }>()

await runScript(async () => {
  const { database } = loadConfig(process.env)
  const json = await reportFile('--json', options.json, /^\{\s*"size": "\w+",\s*"machine":/, [options.peer])
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-bench-'))
  try {
    const report = await measure(withTrainingTimeout(database), folder)
    console.log(toMarkdown(report))
    await writeJson(json, report)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

async function measure(database: BenchContext['database'], folder: string): Promise<Report> {
  const { size } = options
  return await withOwnDatabase(database, 'winrate_bench', async (own) => {
    let company: Promise<Company> | undefined
    const makeCompany = async () => {
      progress('simulating and importing a company')
      const files = path.join(folder, 'company')
      await simulateCompany(files, size)
      return await createCompany(own, files)
    }
    const context = { size, database, folder, peer: options.peer, company: () => (company ??= makeCompany()), progress }
    const benchmarks: Report['benchmarks'][number][] = []
    for (const benchmark of BENCHMARKS.filter(({ name }) => options.only?.includes(name) ?? true)) {
      progress(benchmark.name)
      const start = performance.now()
      const result = await benchmark.run(context)
      const seconds = (performance.now() - start) / 1000
      benchmarks.push({ name: benchmark.name, title: benchmark.title, seconds, ...result })
    }
    return { size, machine: describeMachine(), versions: await readVersions(own.pool), benchmarks }
  })
}

function progress(message: string): void {
  console.error(`bench: ${message}`)
}

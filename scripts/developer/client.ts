// Generates examples/client/generated from the OpenAPI document and compiles the example with it. `npx winrate client`
import '../../src/node-version.ts'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { instantOfEpochMs } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { createLogger } from '../../src/logger.ts'
import { createService } from '../../src/services.ts'
import { openDatabase } from '../../src/store/database/database.ts'
import { runScript } from '../cli.ts'
import { clientHeader } from '../text/client-header.ts'

const CLIENT = path.join(import.meta.dirname, '../../examples/client')
const GENERATED = path.join(CLIENT, 'generated/winrate.ts')
/** They state the generator's options and its version. */
const GENERATOR = ['orval.config.mjs', 'package-lock.json']
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

new Command('winrate client')
  .description(
    'Generate examples/client/generated if the OpenAPI document or its generator has changed, and compile the example client.',
  )
  .parse()

await runScript(async () => {
  const document = JSON.stringify(await readDocument())
  const generator = GENERATOR.map((name) => readFileSync(path.join(CLIENT, name), 'utf8'))
  const firstLine = clientHeader({ document, generator })
  const file = path.relative(process.cwd(), GENERATED)
  if (isInstalled() && existsSync(GENERATED) && readFileSync(GENERATED, 'utf8').startsWith(firstLine)) {
    console.log(`${file} is up to date`)
  } else {
    await generate(document, firstLine)
    console.log(`Wrote ${file}`)
  }
  run(['run', 'compile'])
})

/** The compiler of the example is installed with its generator. */
function isInstalled(): boolean {
  return existsSync(path.join(CLIENT, 'node_modules'))
}

async function generate(document: string, firstLine: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-client-'))
  try {
    const file = path.join(folder, 'openapi.json')
    await writeFile(file, document)
    run(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    run(['run', 'generate'], { WINRATE_OPENAPI: file })
    await writeFile(GENERATED, `${firstLine}${await readFile(GENERATED, 'utf8')}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The routes are registered without a connection to the database. */
async function readDocument(): Promise<object> {
  const database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    maxConnections: 2,
    statementTimeoutMs: 1000,
  })
  const services = { db: database.db, pool: database.pool, logger: createLogger('silent', process.stderr) }
  const now = () => instantOfEpochMs(0)
  const app = await createService(services, { cursorSecret: Buffer.alloc(32), now })
  try {
    await app.ready()
    return app.swagger()
  } finally {
    await app.close()
    await database.close()
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status } = spawnSync(npm, [...args], { cwd: CLIENT, stdio: 'inherit', env: { ...process.env, ...env } })
  if (status !== 0) throw new AppError('OptionInvalid', `npm ${args.join(' ')} in examples/client ended with ${status}`)
}

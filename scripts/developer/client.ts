// Writes examples/client/generated anew from the OpenAPI document. `npx winrate client`, after a route has changed.
import '../../src/node-version.ts'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { instantOfEpochMs } from '../../src/core/base/time.ts'
import { AppError } from '../../src/errors.ts'
import { createLogger } from '../../src/logger.ts'
import { createService } from '../../src/services.ts'
import { openDatabase } from '../../src/store/database/database.ts'
import { digestOf } from '../client/digest.ts'
import { runScript } from '../cli.ts'

const CLIENT = path.join(import.meta.dirname, '../../examples/client')
const GENERATED = path.join(CLIENT, 'generated/winrate.ts')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

new Command('winrate client')
  .description('Write examples/client/generated anew from the OpenAPI document: after a route has changed.')
  .parse()

await runScript(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-client-'))
  try {
    const document = await readDocument()
    const file = path.join(folder, 'openapi.json')
    await writeFile(file, JSON.stringify(document))
    run(['ci', '--no-audit', '--no-fund', '--loglevel=error'])
    run(['run', 'generate'], { WINRATE_OPENAPI: file })
    const line = `// Made from the OpenAPI document with SHA-256 ${digestOf(document)}\n`
    await writeFile(GENERATED, `${line}${await readFile(GENERATED, 'utf8')}`)
    console.log(`Wrote ${path.relative(process.cwd(), GENERATED)}`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

/** Nothing is asked of the database to describe the routes. */
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

// Makes, lists and revokes API keys. `npm run api-key -- --help`.
import '../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../src/config.ts'
import { isScope, SCOPES, type Scope } from '../src/core/auth/scopes.ts'
import { AppError } from '../src/errors.ts'
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from '../src/store/api-keys.ts'
import type { OpenDatabase } from '../src/store/database.ts'
import { withDatabase } from '../src/store/with-database.ts'
import { runScript } from './cli.ts'

interface Output {
  readonly json?: boolean
}

const program = new Command('api-key').description('API keys of the service: make, list, revoke.')
const JSON_FLAG = ['--json', 'print JSON instead of text'] as const

program
  .command('create')
  .description('Make a key and show it, once: only its SHA-256 is stored.')
  .requiredOption('--scopes <list>', `comma-separated, of ${SCOPES.join(', ')}`)
  .option('--actor <name>', 'the person or system that will use it')
  .option(...JSON_FLAG)
  .action(async ({ scopes: list, actor, json }: { scopes: string; actor?: string } & Output) => {
    const scopes = parseScopes(list)
    const { keyId, key } = await withKeys(({ db }) => createApiKey(db, { scopes, actor }))
    if (json) console.log(JSON.stringify({ key_id: keyId, key, scopes, actor: actor ?? null }))
    else console.log(`The key, shown only now (id ${keyId}, scopes ${scopes.join(', ')}):\n\n  ${key}\n`)
  })

program
  .command('list')
  .description('List the keys; what they open with is not stored.')
  .option(...JSON_FLAG)
  .action(async ({ json }: Output) => {
    const keys = await withKeys(({ db }) => listApiKeys(db))
    if (json) console.log(JSON.stringify(keys.map(toJson)))
    else if (keys.length === 0) console.log('There is no key yet.')
    else for (const key of keys) console.log(toLine(key))
  })

program
  .command('revoke <key-id>')
  .description('End a key at once.')
  .option(...JSON_FLAG)
  .action(async (keyId: string, { json }: Output) => {
    const revokedAt = await withKeys(({ db }) => revokeApiKey(db, keyId))
    if (revokedAt === undefined) throw new AppError('OptionInvalid', `there is no key with the id "${keyId}"`)
    if (json) console.log(JSON.stringify({ key_id: keyId, revoked_at: revokedAt }))
    else console.log(`Key ${keyId} is revoked since ${revokedAt}.`)
  })

await runScript(async () => {
  await program.parseAsync()
})

async function withKeys<Result>(use: (database: OpenDatabase) => Promise<Result>): Promise<Result> {
  return await withDatabase(loadConfig(process.env).database, use)
}

function parseScopes(list: string): readonly Scope[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))]
  return names.map((name) => {
    if (isScope(name)) return name
    throw new AppError('OptionInvalid', `--scopes must be of ${SCOPES.join(', ')}, got "${name}"`)
  })
}

function toJson(key: ApiKey) {
  return {
    key_id: key.keyId,
    scopes: key.scopes,
    actor: key.actor,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    revoked_at: key.revokedAt,
  }
}

function toLine(key: ApiKey): string {
  const state = key.revokedAt === null ? `last used ${key.lastUsedAt ?? 'never'}` : `revoked ${key.revokedAt}`
  return `${key.keyId}  ${key.scopes.join(',')}  ${key.actor ?? '-'}  created ${key.createdAt}  ${state}`
}

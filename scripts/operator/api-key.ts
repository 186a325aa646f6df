// Creates, lists, rotates and revokes API keys. `npx winrate api-key --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { Actor } from '../../src/core/access/actor.ts'
import { parseApiKey } from '../../src/core/access/api-key.ts'
import { parseOverlap } from '../../src/core/access/overlap.ts'
import { isScope, SCOPES, type Scope } from '../../src/core/access/scopes.ts'
import { redactSecrets } from '../../src/core/base/secrets.ts'
import { AppError } from '../../src/errors.ts'
import {
  type ApiKey,
  createApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
  type Rotation,
} from '../../src/store/access/api-keys.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import { withDatabase } from '../../src/store/database/with-database.ts'
import { runScript } from '../cli.ts'

interface Output {
  readonly json?: boolean
}

interface Grant {
  readonly scopes: string
  readonly actor?: string
  readonly actorPerRequest?: boolean
}

const program = new Command('winrate api-key').description('Create, list, rotate and revoke API keys of the service.')
const JSON_FLAG = ['--json', 'print JSON instead of text'] as const

program
  .command('create')
  .description('Create a key and print it once: only its SHA-256 is stored.')
  .requiredOption('--scopes <list>', `comma-separated, of ${SCOPES.join(', ')}`)
  .option('--actor <name>', 'the person or system that will use it')
  .option('--actor-per-request', 'its requests may name another actor in the header Winrate-Actor')
  .option(...JSON_FLAG)
  .action(async ({ scopes: list, actor: name, actorPerRequest, json }: Grant & Output) => {
    const scopes = parseScopes(list)
    const actor = name === undefined ? undefined : parseActor(name)
    const { keyId, key } = await withKeys(({ db }) => createApiKey(db, { scopes, actor, actorPerRequest }))
    if (json) console.log(JSON.stringify({ key_id: keyId, key, scopes, actor: actor ?? null }))
    else console.log(`The key, shown only now (id ${keyId}, scopes ${scopes.join(', ')}):\n\n  ${key}\n`)
  })

program
  .command('list')
  .description('List the keys, without their secrets, which are not stored.')
  .option(...JSON_FLAG)
  .action(async ({ json }: Output) => {
    const keys = await withKeys(({ db }) => listApiKeys(db))
    if (json) console.log(JSON.stringify(keys.map(toJson)))
    else if (keys.length === 0) console.log('There is no API key yet.')
    else for (const key of keys) console.log(toLine(key))
  })

program
  .command('rotate <key-id>')
  .description('Create a key with the same scopes; the old one stays valid for some time.')
  .option('--overlap <time>', 'how long the old key stays valid: 7d, 12h, 30m or 0; at most 365d', '7d')
  .option(...JSON_FLAG)
  .action(async (given: string, { overlap, json }: { overlap: string } & Output) => {
    const keyId = keyIdOf(given)
    const seconds = parseOverlap(overlap)
    if (seconds === undefined) {
      throw new AppError('OptionInvalid', `--overlap must be like 7d, 12h, 30m or 0, at most 365d, got "${overlap}"`)
    }
    const rotation = await withKeys(({ db }) => rotateApiKey(db, keyId, seconds))
    if (rotation.kind !== 'rotated') throw new AppError('OptionInvalid', whyNotRotated(keyId, rotation))
    const { replacement, replaced } = rotation
    const expiresAt = replaced.expiresAt
    if (json)
      console.log(JSON.stringify({ key_id: replacement.keyId, key: replacement.key, old_key_expires_at: expiresAt }))
    else {
      console.log(`The new key, shown only now (id ${replacement.keyId}):\n\n  ${replacement.key}\n`)
      console.log(`The old key, ${keyId}, is valid until ${expiresAt}.`)
    }
  })

program
  .command('revoke <key-id>')
  .description('Revoke a key at once.')
  .option(...JSON_FLAG)
  .action(async (given: string, { json }: Output) => {
    const keyId = keyIdOf(given)
    const revokedAt = await withKeys(({ db }) => revokeApiKey(db, keyId))
    if (revokedAt === undefined) throw new AppError('OptionInvalid', `there is no key with the id "${keyId}"`)
    if (json) console.log(JSON.stringify({ key_id: keyId, revoked_at: revokedAt }))
    else console.log(`Key ${keyId} was revoked at ${revokedAt}.`)
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

function parseActor(name: string): string {
  const parsed = Actor.safeParse(name)
  if (parsed.success) return parsed.data
  throw new AppError('OptionInvalid', `--actor ${parsed.error.issues[0]?.message ?? 'is no name'}, got "${name}"`)
}

/** A whole key names itself; no message repeats its secret. */
function keyIdOf(given: string): string {
  return parseApiKey(given)?.keyId ?? redactSecrets(given)
}

function whyNotRotated(keyId: string, rotation: Exclude<Rotation, { readonly kind: 'rotated' }>): string {
  switch (rotation.kind) {
    case 'not_found':
      return `there is no key with the id "${keyId}"`
    case 'ended':
      return `key ${keyId} was revoked or has expired: create a new key`
    case 'replaced':
      return `key ${rotation.by} has replaced ${keyId} already`
  }
}

function toJson(key: ApiKey) {
  return {
    key_id: key.keyId,
    scopes: key.scopes,
    actor: key.actor,
    actor_per_request: key.actorPerRequest,
    created_at: key.createdAt,
    last_used_at: key.lastUsedAt,
    revoked_at: key.revokedAt,
    expires_at: key.expiresAt,
    replaces: key.replaces,
  }
}

function toLine(key: ApiKey): string {
  const used = `last used ${key.lastUsedAt ?? 'never'}`
  const inUse = key.expiresAt === null ? used : `${used}  expires ${key.expiresAt}`
  const state = key.revokedAt === null ? inUse : `revoked ${key.revokedAt}`
  return `${key.keyId}  ${key.scopes.join(',')}  ${key.actor ?? '-'}  created ${key.createdAt}  ${state}`
}

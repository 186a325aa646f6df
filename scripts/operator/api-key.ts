// Makes, lists, replaces and revokes API keys. `npx winrate api-key --help`.
import '../../src/node-version.ts'
import { Command } from 'commander'
import { loadConfig } from '../../src/config.ts'
import { Actor } from '../../src/core/access/actor.ts'
import { parseOverlap } from '../../src/core/access/overlap.ts'
import { isScope, SCOPES, type Scope } from '../../src/core/access/scopes.ts'
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

const program = new Command('winrate api-key').description('API keys of the service: make, list, replace, revoke.')
const JSON_FLAG = ['--json', 'print JSON instead of text'] as const

program
  .command('create')
  .description('Make a key and show it, once: only its SHA-256 is stored.')
  .requiredOption('--scopes <list>', `comma-separated, of ${SCOPES.join(', ')}`)
  .option('--actor <name>', 'the person or system that will use it')
  .option('--actor-per-request', 'its requests may name somebody else, in the header Winrate-Actor')
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
  .description('List the keys; what they open with is not stored.')
  .option(...JSON_FLAG)
  .action(async ({ json }: Output) => {
    const keys = await withKeys(({ db }) => listApiKeys(db))
    if (json) console.log(JSON.stringify(keys.map(toJson)))
    else if (keys.length === 0) console.log('There is no key yet.')
    else for (const key of keys) console.log(toLine(key))
  })

program
  .command('rotate <key-id>')
  .description('Make a key that may do the same, and let the old one open for some time more.')
  .option('--overlap <time>', 'for how long the old key still opens: 7d, 12h, 30m or 0; at most 365d', '7d')
  .option(...JSON_FLAG)
  .action(async (keyId: string, { overlap, json }: { overlap: string } & Output) => {
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
      console.log(`The old one, ${keyId}, opens until ${expiresAt}.`)
    }
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

function parseActor(name: string): string {
  const parsed = Actor.safeParse(name)
  if (parsed.success) return parsed.data
  throw new AppError('OptionInvalid', `--actor ${parsed.error.issues[0]?.message ?? 'is no name'}, got "${name}"`)
}

function whyNotRotated(keyId: string, rotation: Exclude<Rotation, { readonly kind: 'rotated' }>): string {
  switch (rotation.kind) {
    case 'not_found':
      return `there is no key with the id "${keyId}"`
    case 'ended':
      return `key ${keyId} opens nothing any more: make a new one`
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

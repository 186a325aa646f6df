import { type Scope, SCOPES } from '../../src/core/access/scopes.ts'
import { createLogger } from '../../src/logger.ts'
import { createService } from '../../src/services.ts'
import { createApiKey, revokeApiKey } from '../../src/store/access/api-keys.ts'
import type { OpenDatabase } from '../../src/store/database/database.ts'
import type { Document } from './document.ts'

export interface FuzzedService {
  readonly address: string
  readonly document: Document
  readonly keys: Keys
  /** What the service logged as errors since this was last asked: each is a fault that an answer may have hidden. */
  readonly takeErrors: () => readonly string[]
  close(): Promise<void>
}

export interface Keys {
  readonly full: string
  readonly revoked: string
  /** Every scope but one. */
  without(scope: Scope): string
  /** Public parts of these keys. */
  readonly ids: ReadonlySet<string>
}

const NO_LIMIT = 1_000_000_000

/** The service on loopback, with keys that the fuzzer alone works with, and limits out of its way. */
export async function startFuzzedService({ db, pool }: OpenDatabase): Promise<FuzzedService> {
  const lines: string[] = []
  const logger = createLogger('error', { write: (line) => lines.push(line) })
  const limits = { requestsPerMinute: NO_LIMIT, failedKeysPerMinute: NO_LIMIT }
  const app = await createService({ db, pool, logger }, { limits })
  const address = await app.listen({ host: '127.0.0.1', port: 0, listenTextResolver: () => 'started' })
  const make = async (scopes: readonly Scope[]) => await createApiKey(db, { scopes: [...scopes] })
  const [full, revoked] = [await make(SCOPES), await make(SCOPES)]
  await revokeApiKey(db, revoked.keyId)
  const limited = new Map<Scope, Awaited<ReturnType<typeof make>>>()
  for (const scope of SCOPES) limited.set(scope, await make(SCOPES.filter((other) => other !== scope)))
  const all = [full, revoked, ...limited.values()]
  return {
    address,
    document: JSON.parse(JSON.stringify(app.swagger())) as Document,
    keys: {
      full: full.key,
      revoked: revoked.key,
      without: (scope) => limited.get(scope)?.key ?? '',
      ids: new Set(all.map(({ keyId }) => keyId)),
    },
    takeErrors: () => lines.splice(0),
    close: () => app.close(),
  }
}

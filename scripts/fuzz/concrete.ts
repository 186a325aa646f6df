import type { Scope } from '../../src/core/access/scopes.ts'
import { type FuzzRequest, textOf } from './requests/request.ts'
import type { Fuzz } from './context.ts'
import type { Operation } from './document.ts'
import type { ConcreteRequest } from './evaluate-answer.ts'
import { withValues } from './pools.ts'
import type { Keys } from './service.ts'

export function concrete({ pools, keys }: Fuzz, operation: Operation, request: FuzzRequest): ConcreteRequest {
  const value = (given: unknown) => withValues(pools, operation.path, given)
  const path = value(request.path) as Record<string, unknown>
  const query = request.query.map(([name, given]) => [name, value(given)] as const)
  const json = request.body && 'json' in request.body ? { value: value(request.body.json) } : undefined
  const search = query.map(([name, given]) => `${encode(name)}=${encode(textOf(given))}`).join('&')
  const where = operation.path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => encode(textOf(path[name])))
  const authorization = authorizationOf(keys, operation, request.auth)
  return {
    path,
    query,
    json,
    wire: {
      method: request.method,
      url: search === '' ? where : `${where}?${search}`,
      headers: { ...request.headers, ...(authorization === undefined ? {} : { authorization }) },
      body: json ? JSON.stringify(json.value) : request.body && 'raw' in request.body ? request.body.raw : undefined,
    },
  }
}

function authorizationOf(keys: Keys, { needsKey, scope }: Operation, auth: FuzzRequest['auth']): string | undefined {
  if (typeof auth === 'object') return auth.header
  if (!needsKey) return undefined
  if (auth === 'full') return `Bearer ${keys.full}`
  return `Bearer ${auth === 'revoked' ? keys.revoked : keys.without(scope as Scope)}`
}

/** Also for an incomplete text. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

export function hashOf(text: string): number {
  return [...text].reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7)
}

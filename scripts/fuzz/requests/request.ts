/** What must be answered, where that can be said before. */
export type Expectation = 'accepted' | 'rejected' | 'unauthenticated' | 'forbidden' | 'wrong_method' | 'anything'

export interface FuzzRequest {
  readonly method: string
  readonly path: Readonly<Record<string, unknown>>
  readonly query: readonly (readonly [string, unknown])[]
  readonly headers: Readonly<Record<string, string>>
  /** Undefined: none. Text and bytes go out as they are, anything else as JSON. */
  readonly body: { readonly raw: string | Buffer } | { readonly json: unknown } | undefined
  /** The key with every scope, the one with every scope but the needed one, one that was revoked, or a header as it is. */
  readonly auth: 'full' | 'insufficient' | 'revoked' | { readonly header: string | undefined }
}

export interface FuzzCase {
  readonly kind: string
  readonly request: FuzzRequest
  /** `fits`: accepted where everything fits the document, else rejected. */
  readonly expected: Expectation | 'fits'
  /** The same request is sent twice under one Idempotency-Key. */
  readonly twice: boolean
}

export function withHeader(request: FuzzRequest, name: string, value: string): FuzzRequest {
  return { ...request, headers: { ...request.headers, [name]: value } }
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

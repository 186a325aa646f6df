import { createHash } from 'node:crypto'

/** Names a document, so that a client says which one it was made from. */
export function digestOf(document: object): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex')
}

export const DIGEST_LINE = /^\/\/ Made from the OpenAPI document with SHA-256 ([0-9a-f]{64})$/m

import { createHash } from 'node:crypto'

/** Identifies a document, so that a client names the one that it was generated from. */
export function digestOf(document: object): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex')
}

export const DIGEST_LINE = /^\/\/ Made from the OpenAPI document with SHA-256 ([0-9a-f]{64})$/m

import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../../core/base/json-hash.ts'

const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

export const Answer = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  /** The exact text that was sent. */
  body: z.string(),
})
export type Answer = z.infer<typeof Answer>

/**
 * Answers are stored encrypted with a key derived from the text of the client's API key, which is not stored. An answer may
 * hold a new API key or personal data, and a copy of the database must not reveal either.
 */
export function sealAnswer(apiKeyText: string, answer: Answer): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, derivedFrom(apiKeyText, 'answer'), iv)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(answer)), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed])
}

/** @throws Error if the answer was sealed with another key, or altered */
export function openAnswer(apiKeyText: string, sealed: Buffer): Answer {
  const text = IV_BYTES + TAG_BYTES
  const decipher = createDecipheriv(CIPHER, derivedFrom(apiKeyText, 'answer'), sealed.subarray(0, IV_BYTES))
  decipher.setAuthTag(sealed.subarray(IV_BYTES, text))
  const opened = Buffer.concat([decipher.update(sealed.subarray(text)), decipher.final()])
  return Answer.parse(JSON.parse(opened.toString()))
}

/** 32 bytes that are equal for equal requests; without the key they reveal nothing about the request. */
export function fingerprintOf(apiKeyText: string, request: unknown): Buffer {
  return createHmac('sha256', derivedFrom(apiKeyText, 'fingerprint')).update(canonicalJson(request)).digest()
}

export function sha256Bytes(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function derivedFrom(apiKeyText: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', apiKeyText, '', `winrate idempotency ${purpose}`, 32))
}

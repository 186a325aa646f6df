import { API_KEY_PREFIX } from '../base/secrets.ts'

/**
 * `wrk_<key id>_<secret>`: the prefix lets secret scanners find a leaked key, the id finds its row, the secret is
 * 256 random bits as base64url.
 */
const API_KEY = /^wrk_([0-9a-z]{12})_([A-Za-z0-9_-]{43})$/
const KEY_ID_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
const KEY_ID_LENGTH = 12
const SECRET_BYTES = 32

/** How many random bytes `formatApiKey` needs. */
export const API_KEY_BYTES = KEY_ID_LENGTH + SECRET_BYTES

export interface ApiKeyText {
  readonly keyId: string
  /** The whole key, shown once and never stored. */
  readonly text: string
}

/** @throws RangeError unless given `API_KEY_BYTES` bytes; only the caller can know that they are random. */
export function formatApiKey(bytes: Uint8Array): ApiKeyText {
  if (bytes.length !== API_KEY_BYTES) {
    throw new RangeError(`an API key is made of ${API_KEY_BYTES} bytes, got ${bytes.length}`)
  }
  // The id is a name, not a secret: that 256 is no multiple of 36 does no harm.
  const keyId = Array.from(bytes.subarray(0, KEY_ID_LENGTH), (byte) => KEY_ID_ALPHABET[byte % 36]).join('')
  const secret = base64Url(bytes.subarray(KEY_ID_LENGTH))
  return { keyId, text: `${API_KEY_PREFIX}${keyId}_${secret}` }
}

/** @returns undefined when the text cannot be a key, whatever is in the database */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const keyId = API_KEY.exec(text)?.[1]
  return keyId === undefined ? undefined : { keyId, text }
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

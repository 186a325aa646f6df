/** Secret scanners find a leaked key by it. */
export const API_KEY_PREFIX = 'wrk_'

const UNDERSCORE = '(?:_|%(?:25)*5f)'
const REDACTED = '[redacted]'
/** Its id is no secret, and says which key to revoke. Also cut off, with a wrong secret or percent-encoded. */
const API_KEY = new RegExp(`wrk${UNDERSCORE}([0-9a-z]{12})${UNDERSCORE}[\\w%-]+`, 'gi')
const API_KEY_LIKE = new RegExp(`wrk${UNDERSCORE}[\\w%-]{20,}`, 'gi')
const API_KEY_WITHOUT_PREFIX = /(?<![\w-])([0-9a-z]{12})_[\w-]{43}(?![\w-])/g
const WEBHOOK_SECRET = new RegExp(`whsec${UNDERSCORE}[\\w+/=%-]{8,}`, 'gi')
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@"\\]*):[^\s@"\\]*@/gi

/** Text without API keys, webhook secrets and passwords in URLs: for logs and records. A key's id stays. */
export function redactSecrets(text: string): string {
  return text
    .replaceAll(API_KEY, (_, keyId: string) => `${API_KEY_PREFIX}${keyId.toLowerCase()}_${REDACTED}`)
    .replaceAll(API_KEY_LIKE, `${API_KEY_PREFIX}${REDACTED}`)
    .replaceAll(API_KEY_WITHOUT_PREFIX, `$1_${REDACTED}`)
    .replaceAll(WEBHOOK_SECRET, `whsec_${REDACTED}`)
    .replaceAll(URL_PASSWORD, `$1:${REDACTED}@`)
}

const MOST_DECODINGS = 3

/** Text as it is, and as it reads after each percent-decoding: a client may encode what is encoded. */
export function decodingsOf(text: string): readonly string[] {
  const found = [text]
  while (found.length <= MOST_DECODINGS) {
    const last = found.at(-1) ?? ''
    try {
      const decoded = decodeURIComponent(last)
      if (decoded === last) break
      found.push(decoded)
    } catch {
      break
    }
  }
  return found
}

/** Whether text holds an API key or a webhook secret of this service, also percent-encoded. */
export function holdsSecret(text: string): boolean {
  const patterns = [API_KEY, API_KEY_LIKE, API_KEY_WITHOUT_PREFIX, WEBHOOK_SECRET]
  return decodingsOf(text).some((decoded) => patterns.some((pattern) => decoded.search(pattern) !== -1))
}

/** For free text that is stored and shown: a refinement and its message. */
export const WITHOUT_SECRETS = [
  (text: string) => !holdsSecret(text),
  'must not hold an API key or webhook secret of this service: the text is stored readable',
] as const

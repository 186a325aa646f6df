import { describe, expect, it } from 'vitest'
import { API_KEY_BYTES, formatApiKey } from '../../../src/core/access/api-key.ts'
import { holdsSecret, redactSecrets } from '../../../src/core/base/secrets.ts'
import { formatSecret } from '../../../src/core/delivery/webhooks/sign.ts'

const { keyId, text: key } = formatApiKey(new Uint8Array(API_KEY_BYTES).map((_, index) => index * 37))
const secret = key.slice(-43)
const webhookSecret = formatSecret(Buffer.alloc(32, 171))

describe('secrets', () => {
  it.each([
    ['a key', key],
    ['a key in a sentence', `revoke ${key}, please`],
    ['a key in quotes', `{"key":"${key}"}`],
    ['a key in capitals', key.toUpperCase()],
    ['a key that is cut off', key.slice(0, -3)],
    ['a key with more behind it', `${key}xyz`],
    ['a key without its prefix', key.slice(4)],
    ['a key with percent-encoded underscores', key.replaceAll('_', '%5F')],
    ['a key encoded twice', key.replaceAll('_', '%255F')],
    ['a webhook secret', webhookSecret],
    ['a percent-encoded webhook secret', encodeURIComponent(webhookSecret)],
  ])('%s is found and removed', (_name, text) => {
    expect(holdsSecret(text)).toBe(true)
    const redacted = redactSecrets(text)
    expect(redacted).toContain('[redacted]')
    for (const part of [secret, secret.toUpperCase(), secret.slice(0, -3), webhookSecret.slice(6, 30)]) {
      expect(redacted).not.toContain(part)
    }
  })

  it('a redacted key still shows its id', () => {
    expect(redactSecrets(key)).toBe(`wrk_${keyId}_[redacted]`)
  })

  it('passwords in URLs are removed', () => {
    const url = 'postgres://winrate:s3cret@db:5432/winrate'
    expect(redactSecrets(`no connection to ${url}`)).toBe(
      'no connection to postgres://winrate:[redacted]@db:5432/winrate',
    )
    expect(redactSecrets('postgres://:s3cret@db/x')).toBe('postgres://:[redacted]@db/x')
  })

  it.each([
    '4711',
    '0015g00000XyZab',
    keyId,
    'whe_5a0c2f6f0d3b8e91a7c4',
    'm-0f1e2d3c4b5a6978',
    'wrk_',
    'wrk_k3x9v0q2m1za_…',
    'https://crm.example.com:8443/hooks/winrate?team=7',
    'ada@example.com',
    '%zz',
    'a'.repeat(64),
  ])('%s is not a secret and is unchanged', (text) => {
    expect(holdsSecret(text)).toBe(false)
    expect(redactSecrets(text)).toBe(text)
  })
})

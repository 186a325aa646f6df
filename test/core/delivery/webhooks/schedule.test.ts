import { describe, expect, it } from 'vitest'
import {
  afterAttempt,
  type Attempt,
  MOST_ATTEMPTS,
  readRetryAfter,
} from '../../../../src/core/delivery/webhooks/schedule.ts'

const answered = (status: number, retryAfterSeconds: number | null = null): Attempt => ({
  kind: 'answered',
  status,
  retryAfterSeconds,
})
const after = (attempt: Attempt, attempts = 1, failingSeconds = 0, chance = 0.5) => {
  const next = afterAttempt(attempt, { attempts, failingSeconds }, chance)
  if (next.kind !== 'failed') throw new Error('must have failed')
  return next
}

describe('what follows an attempt', () => {
  it('is no further attempt after 2xx, and only after 2xx', () => {
    for (const status of [200, 202, 204, 299]) {
      expect(afterAttempt(answered(status), { attempts: 1, failingSeconds: 0 }, 0).kind).toBe('delivered')
    }
    for (const status of [101, 199, 300, 302, 307, 308, 400, 404, 500]) {
      expect(after(answered(status)).againInSeconds).toBe(5)
    }
  })

  it('is ten attempts over 75 h 35 min 5 s, the example of Standard Webhooks, then a dead letter', () => {
    const waits = Array.from({ length: MOST_ATTEMPTS - 1 }, (_, k) => after(answered(500), k + 1).againInSeconds ?? 0)
    expect(waits).toEqual([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    expect(waits.reduce((sum, wait) => sum + wait)).toBe(75 * 3600 + 35 * 60 + 5)
    expect(after(answered(500), MOST_ATTEMPTS).againInSeconds).toBeNull()
  })

  it('spreads each wait by a fifth', () => {
    const failed: Attempt = { kind: 'failed', problem: 'no connection' }
    expect(after(failed, 2, 0, 0).againInSeconds).toBeCloseTo(240, 9)
    expect(after(failed, 2, 0, 0.999_999_999).againInSeconds).toBeCloseTo(360, 5)
  })

  it('waits as long as Retry-After says, for a day at most', () => {
    expect(after(answered(429, 90))).toMatchObject({ againInSeconds: 90, restSeconds: 90, disable: null })
    expect(after(answered(503, 2)).againInSeconds).toBe(5)
    expect(after(answered(503, 999_999)).restSeconds).toBe(86_400)
    expect(after(answered(500)).restSeconds).toBeNull()
  })

  it('disables an endpoint that is gone at once, and one that failed for five days, and keeps their deliveries waiting', () => {
    expect(after(answered(410))).toMatchObject({ disable: 'gone' })
    expect(after(answered(410), MOST_ATTEMPTS).againInSeconds).not.toBeNull()
    expect(after(answered(500), 1, 5 * 86_400 - 1).disable).toBeNull()
    expect(after(answered(500), 1, 5 * 86_400)).toMatchObject({ disable: 'failing' })
  })
})

describe('Retry-After', () => {
  it('is seconds or a date', () => {
    const now = 'Sun, 01 Mar 2026 09:00:00 GMT'
    expect(readRetryAfter('120', now)).toBe(120)
    expect(readRetryAfter('Sun, 01 Mar 2026 09:05:00 GMT', now)).toBe(300)
    expect(readRetryAfter('Sun, 01 Mar 2026 08:00:00 GMT', now)).toBe(0)
    for (const nothing of [undefined, '', '-5', '1.5', 'soon', '2026-03-01', '99999999999']) {
      expect(readRetryAfter(nothing, now)).toBeNull()
    }
    // A date alone says nothing: by whose clock?
    for (const unknown of [undefined, 'soon']) {
      expect(readRetryAfter('Sun, 01 Mar 2026 09:05:00 GMT', unknown)).toBeNull()
      expect(readRetryAfter('120', unknown)).toBe(120)
    }
  })
})

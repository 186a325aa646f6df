import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { startTestService, type TestService } from '../../support.ts'

interface Page {
  readonly accounts: readonly unknown[]
  readonly next_cursor: string | null
}

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant
let service: TestService
const accountIds: number[] = []

/** Twelve accounts; three share each probability 0.05, 0.1, 0.1 + 0.2 and 0.04, which is below the threshold. */
const PROBABILITIES = [0.05, 0.1, 0.1 + 0.2, 0.04]
const scores = () =>
  accountIds.map((accountId, index) => ({
    accountId,
    score: publishedScore({
      account_external_id: `a${String(index).padStart(2, '0')}`,
      qualified_probability: PROBABILITIES[index % 4] ?? null,
    }),
  }))

beforeAll(async () => {
  service = await startTestService({ policy: testPolicy() })
  await insertModelVersion(service.database.db, 'v1')
  for (let index = 0; index < 12; index += 1) {
    accountIds.push(await insertAccount(service.database.db, `a${String(index).padStart(2, '0')}`))
  }
  await storeScores(service.database.db, AS_OF, scores())
})
afterAll(() => service.close())

const list = (query = '', headers = {}) => service.call({ url: `/v1/qualified-accounts${query}`, headers })

describe('the qualified list', () => {
  it('holds accounts at or above the threshold of the policy, best first, ties by external id', async () => {
    const page = (await list()).json()
    const names = page.accounts.map((account: { external_id: string }) => account.external_id)
    expect(names).toEqual(['a02', 'a06', 'a10', 'a01', 'a05', 'a09', 'a00', 'a04', 'a08'])
    expect(page).toMatchObject({ minimum_probability: 0, next_cursor: null })
    expect(page.accounts[0]).toMatchObject({
      account_id: accountIds[2],
      name: 'Acme',
      model_version: 'v1',
      as_of: AS_OF,
      buying_stage: 'decision',
      scores: { account_fit: 71, contact_fit: 64, engagement: 93, intent: 48 },
      grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
      fit_intent: { fit: 'moderate', intent: 'strong' },
      expected_amount: 50_000,
      expected_value: 5_000,
      currency: 'USD',
      declared_intent: [{ kind: 'demo_request', days_ago: 3 }],
      evidence_gaps: [],
    })
    expect(page.accounts[0].reasons.map((reason: { sentence: string }) => reason.sentence)).toEqual([
      'Because of pricing_page.',
      'Because of demo.',
      'Because of industry.',
    ])
  })

  it('can be asked for a higher threshold, not for a lower one', async () => {
    expect((await list('?minimum_probability=0.1')).json().accounts).toHaveLength(6)
    expect((await list('?minimum_probability=0')).json().accounts).toHaveLength(9)
  })

  it('has pages that together hold every account once', async () => {
    const whole = (await list()).json().accounts
    for (const limit of [1, 2, 3, 8, 9, 10]) {
      const seen: unknown[] = []
      let cursor: string | null = null
      do {
        const page: Page = (await list(`?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`)).json()
        expect(page.accounts.length).toBeLessThanOrEqual(limit)
        seen.push(...page.accounts)
        cursor = page.next_cursor
      } while (cursor !== null)
      expect(seen).toEqual(whole)
    }
  })

  it('refuses a cursor that was altered or made for another threshold', async () => {
    const { next_cursor: cursor } = (await list('?limit=2')).json()
    expect((await list(`?limit=5&cursor=${cursor}`)).statusCode).toBe(200)
    const [payload, signature = ''] = cursor.split('.')
    const forged = Buffer.from('{"qualifiedProbability":1,"externalId":"a"}').toString('base64url')
    const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const query of [
      `?cursor=${forged}.${signature}`,
      `?cursor=${payload}.${other}`,
      `?minimum_probability=0.1&cursor=${cursor}`,
    ]) {
      expect((await list(query)).json()).toMatchObject({ status: 400, code: 'invalid_cursor' })
    }
  })
})

describe('a poll of the list', () => {
  it('is 304 without a body while nothing changed, for every key', async () => {
    const first = await list()
    const etag = String(first.headers.etag)
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{27}"$/)
    expect(first.headers).toMatchObject({ 'cache-control': 'private, no-cache', vary: 'authorization' })
    const key = await service.keyWith('qualified:read')
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const second = await service.call({ url: '/v1/qualified-accounts', key, headers: { 'if-none-match': header } })
      expect(second.statusCode).toBe(304)
      expect(second.body).toBe('')
      expect(second.headers).toMatchObject({ etag, 'cache-control': 'private, no-cache', vary: 'authorization' })
      expect(second.headers['content-type']).toBeUndefined()
    }
    const other = await list('?limit=1', { 'if-none-match': etag })
    expect(other.statusCode).toBe(200)
  })

  it('is 200 with another tag once a score changed', async () => {
    const etag = String((await list()).headers.etag)
    const changed = scores().map((row) => ({ ...row, score: { ...row.score, evidence: 'low' as const } }))
    await storeScores(service.database.db, AS_OF, changed)
    const after = await list('', { 'if-none-match': etag })
    expect(after.statusCode).toBe(200)
    expect(after.headers.etag).not.toBe(etag)
  })

  it('has no ETag on an error', async () => {
    const answer = await list('?limit=0', { 'if-none-match': '*' })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers.etag).toBeUndefined()
  })
})

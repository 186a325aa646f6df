import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

const NOW = '2026-03-02T09:30:00.123000Z' as Instant
let service: TestService
let acme: number
let beta: number
let unborn: number

beforeAll(async () => {
  service = await startTestService({
    now: () => NOW,
    scoreAccounts: async (_champion, accountIds, asOf) =>
      accountIds.map((accountId) =>
        accountId === unborn ? undefined : { accountId, score: publishedScore({ as_of: asOf }) },
      ),
  })
  acme = await insertAccount(service.database.db, 'acme', ['acme.com', 'shared.org'])
  beta = await insertAccount(service.database.db, 'beta/ü?', ['shared.org'])
  unborn = await insertAccount(service.database.db, 'unborn')
})
afterAll(() => service.close())

const post = (payload: object) => service.call({ method: 'POST', url: '/v1/scores', payload })

describe('before a model is promoted', () => {
  it('every call for a score is 409 no_champion, and the service is ready all the same', async () => {
    for (const answer of [
      await post({ accounts: [{ id: acme }] }),
      await post({ inline: [{}] }),
      await service.call({ url: `/v1/accounts/${acme}/score` }),
      await service.call({ url: '/v1/models/champion' }),
    ]) {
      expect(answer.json()).toMatchObject({ status: 409, code: 'no_champion' })
    }
    expect((await service.call({ url: '/readyz', key: null })).json()).toEqual({ status: 'ready', champion: null })
    await insertChampion(service.database)
    expect((await service.call({ url: '/readyz', key: null })).json()).toEqual({ status: 'ready', champion: 'v1' })
  })
})

describe('POST /v1/scores', () => {
  it('answers in the order of the request, with a status for each', async () => {
    const accounts = [
      { domain: 'https://www.ACME.com/' },
      { external_id: 'nobody' },
      { id: beta },
      { domain: 'shared.org' },
      { external_id: 'unborn' },
      { external_id: 'acme' },
      { id: beta },
    ]
    const answer = await post({ accounts })
    const body = answer.json()
    expect(body).toMatchObject({ as_of: NOW, model_version: 'v1' })
    expect(body.results.map((result: { key: object }) => result.key)).toEqual(accounts)
    const states = body.results.map((result: { status: string; account_id?: number }) => [
      result.status,
      result.account_id,
    ])
    expect(states).toEqual([
      ['scored', acme],
      ['not_found', undefined],
      ['scored', beta],
      ['ambiguous', undefined],
      ['not_found', undefined],
      ['scored', acme],
      ['scored', beta],
    ])
    expect(body.results[3].detail).toBe('2 accounts share this domain: use id or external_id')
    const { contributions: _, ...score } = publishedScore({ as_of: NOW })
    expect(body.results[0].score).toEqual(score)
  })

  it('returns contributions on request', async () => {
    const answer = await post({ accounts: [{ id: acme }], contributions: true })
    expect(answer.json().results[0].score).toEqual(publishedScore({ as_of: NOW }))
  })

  it('scores inline accounts, and lists the faults of each', async () => {
    const late = { kind: 'demo_request', occurred_at: '2026-03-02T09:30:00.123Z' }
    const answer = await post({ inline: [{ name: 'Acme' }, { activities: [late] }] })
    const [first, second] = answer.json().results
    expect(first).toMatchObject({ status: 'scored', key: null, account_id: null, score: { account_name: 'Acme' } })
    expect(second).toMatchObject({ status: 'invalid', key: null })
    expect(second.errors).toMatchObject([{ in: 'body', pointer: '#/inline/1/activities/0/occurred_at' }])
  })

  it('takes a thousand accounts at once', async () => {
    const answer = await post({ accounts: Array.from({ length: 1000 }, () => ({ id: acme })) })
    expect(answer.json().results).toHaveLength(1000)
  })
})

describe('GET /v1/accounts/…/score', () => {
  it('finds the account by id and by external id, as of the request', async () => {
    const expected = (id: number) => ({ account_id: id, score: publishedScore({ as_of: NOW }) })
    expect((await service.call({ url: `/v1/accounts/${acme}/score` })).json()).toEqual(expected(acme))
    const byExternalId = `/v1/accounts/by-external-id/${encodeURIComponent('beta/ü?')}/score`
    expect((await service.call({ url: byExternalId })).json()).toEqual(expected(beta))
  })

  it('is 404 for an account that is unknown or not known yet', async () => {
    const answer = await service.call({ url: `/v1/accounts/${unborn}/score` })
    expect(answer.json()).toMatchObject({ status: 404, code: 'account_not_found' })
  })
})

describe('GET /v1/models/champion', () => {
  it('states the training data of the champion', async () => {
    const champion = (await service.call({ url: '/v1/models/champion' })).json()
    expect(champion).toMatchObject({ version: 'v1', as_of: '2026-01-01T00:00:00.000000Z', cohorts: [{ rows: 100 }] })
    expect(champion.created_at).toMatch(/^20\d\d-.*\.\d{6}Z$/)
  })
})

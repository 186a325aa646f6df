import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { storeScores } from '../../../support/store-scores.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

const FIRST = '2026-03-02T00:00:00.000000Z' as Instant
const SECOND = '2026-03-03T00:00:00.000000Z' as Instant
/** What could break a score that is passed on as text. */
const NAME = 'Says "as_of": "never", \\ and ü'

let service: TestService
let acme: number
let beta: number
let unscored: number

beforeAll(async () => {
  service = await startTestService()
  const { db } = service.database
  await insertChampion(service.database)
  acme = await insertAccount(db, 'acme', ['acme.com', 'shared.org'])
  beta = await insertAccount(db, 'beta', ['shared.org'])
  unscored = await insertAccount(db, 'unscored')
  const scores = (probability: number) => [
    { accountId: acme, score: publishedScore({ account_external_id: 'acme', account_name: NAME }) },
    { accountId: beta, score: publishedScore({ account_external_id: 'beta', win_probability: probability }) },
  ]
  await storeScores(db, FIRST, scores(0.2))
  await storeScores(db, SECOND, scores(0.3))
})
afterAll(() => service.close())

const { contributions: _, ...stored } = publishedScore({ as_of: SECOND, model_version: 'v1' })
const scoreOfAcme = { ...stored, account_external_id: 'acme', account_name: NAME }
const post = (payload: object) => service.call({ method: 'POST', url: '/v1/scores', payload })

describe('a stored score', () => {
  it('is answered as the list shows it: whole, and as of the last run that looked, also where that changed nothing', async () => {
    const byId = await service.call({ url: `/v1/accounts/${acme}/score?stored=true` })
    expect(byId.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(byId.json()).toEqual({ account_id: acme, score: scoreOfAcme })
    const byExternalId = await service.call({ url: '/v1/accounts/by-external-id/beta/score?stored=true' })
    expect(byExternalId.json()).toEqual({
      account_id: beta,
      score: { ...stored, account_external_id: 'beta', win_probability: 0.3 },
    })
  })

  it('is the stored score, not a new computation', async () => {
    const computed = await service.call({ url: `/v1/accounts/${acme}/score?stored=false` })
    expect(computed.json().score.as_of > SECOND).toBe(true)
    const past = await service.call({ url: `/v1/accounts/${acme}/score?stored=true&as_of=2026-03-02` })
    expect(past.json()).toMatchObject({ status: 404 })
  })

  it('is 404 where none is stored, or no such account is known', async () => {
    for (const url of [
      `/v1/accounts/${unscored}/score?stored=true`,
      '/v1/accounts/999999/score?stored=true',
      '/v1/accounts/by-external-id/nobody/score?stored=true',
    ]) {
      expect((await service.call({ url })).json()).toMatchObject({ status: 404, code: 'account_not_found' })
    }
  })

  it('is returned to each of many concurrent requests for its own account', async () => {
    const ids = Array.from({ length: 40 }, (_unused, index) => (index % 2 === 0 ? acme : beta))
    const answers = await Promise.all(ids.map((id) => service.call({ url: `/v1/accounts/${id}/score?stored=true` })))
    expect(answers.map((answer) => answer.json().account_id)).toEqual(ids)
  })
})

describe('stored scores of many accounts', () => {
  it('come in the order asked, with a status for each', async () => {
    const accounts = [
      { domain: 'shared.org' },
      { external_id: 'beta' },
      { external_id: 'nobody' },
      { id: unscored },
      { id: acme },
      { external_id: 'beta' },
    ]
    const body = (await post({ accounts, stored: true })).json()
    expect(body).toMatchObject({ as_of: null, model_version: null })
    expect(body.results.map((result: { key: object }) => result.key)).toEqual(accounts)
    const states = body.results.map((result: { status: string; account_id?: number }) => [
      result.status,
      result.account_id,
    ])
    expect(states).toEqual([
      ['ambiguous', undefined],
      ['scored', beta],
      ['not_found', undefined],
      ['not_found', undefined],
      ['scored', acme],
      ['scored', beta],
    ])
    expect(body.results[4].score).toEqual(scoreOfAcme)
    expect(body.results[3].detail).toBe('no score of this account is stored')
  })

  it('have no contributions, so that asking for both is refused', async () => {
    const accounts = [{ id: acme }]
    const both = await post({ accounts, stored: true, contributions: true })
    expect(both.json()).toMatchObject({ status: 400, errors: [{ in: 'body', pointer: '#/contributions' }] })
    expect((await post({ inline: [{}], stored: true })).statusCode).toBe(400)
    expect((await post({ accounts, stored: false, contributions: true })).statusCode).toBe(200)
  })
})

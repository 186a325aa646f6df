import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { BOOTSTRAP_ACTOR } from '../../../../src/core/access/actor.ts'
import { SCOPES } from '../../../../src/core/access/scopes.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { createApiKey } from '../../../../src/store/access/api-keys.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { startTestService, type TestService } from '../../support.ts'

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant
const holdoutPolicy = testPolicy({ holdout: { share: 0.5, band: 1, hold_days: 90, seed: 'a' } })
let service: TestService
let key: string
let acme: number

beforeAll(async () => {
  service = await startTestService({ policy: testPolicy() })
  key = await service.keyWith('qualified:work')
  await insertModelVersion(service.database.db, 'v1')
})
afterAll(() => service.close())
beforeEach(async () => {
  await service.database.pool.query('truncate account, scoring_run, idempotent_answer restart identity cascade')
  acme = await insertAccount(service.database.db, 'acme')
  const score = publishedScore({ qualified_probability: 0.2 })
  await storeScores(service.database.db, AS_OF, [{ accountId: acme, score }])
})

const workAs = async (what: string, actor: string, payload: object = {}, headers = {}) => {
  const named = await service.call({
    method: 'POST',
    url: '/v1/api-keys',
    payload: { scopes: ['qualified:work'], actor },
  })
  const own = named.json().key as string
  return await service.call({ method: 'POST', url: `/v1/qualified-accounts/${what}`, headers, key: own, payload })
}
const events = async () => {
  const { rows } = await service.database.pool.query(
    `select type, actor, payload from event where actor is not null order by event_id`,
  )
  return rows
}

describe('working the list', () => {
  it('needs a key', async () => {
    const url = `/v1/qualified-accounts/${acme}/claim`
    expect((await service.call({ method: 'POST', url, key: null, payload: {} })).statusCode).toBe(401)
  })

  it('requires the first key to name an actor', async () => {
    const { key: first } = await createApiKey(service.database.db, {
      scopes: SCOPES,
      actor: BOOTSTRAP_ACTOR,
      actorPerRequest: true,
    })
    const ask = (what: string, payload: object, headers = {}) =>
      service.call({ method: 'POST', url: `/v1/qualified-accounts/${acme}/${what}`, key: first, payload, headers })
    for (const headers of [{}, { 'winrate-actor': BOOTSTRAP_ACTOR }]) {
      for (const [what, payload] of [
        ['claim', {}],
        ['contacted', {}],
        ['accept', {}],
        ['reject', { reason: 'no_need' }],
      ] as const) {
        const answer = await ask(what, payload, headers)
        expect(answer.statusCode).toBe(400)
        expect(answer.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '#/winrate-actor' }] })
      }
    }
    expect(await events()).toEqual([])
    expect((await ask('claim', {}, { 'winrate-actor': 'Kim' })).json()).toMatchObject({ owner: 'Kim' })
  })

  it('gives one of many concurrent claims the account, and names its owner to the others', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `BDR ${index}`)
    const answers = await Promise.all(names.map((name) => workAs(`${acme}/claim`, name)))
    const winners = answers.filter(({ statusCode }) => statusCode === 200)
    expect(winners).toHaveLength(1)
    const [owner] = winners.map((answer) => answer.json().owner as string)
    expect(names).toContain(owner)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 200)) {
      expect(answer.json()).toMatchObject({ status: 409, code: 'account_claimed', owner })
    }
    expect((await events()).map(({ type, actor }) => [type, actor])).toEqual([['account.claimed', owner]])
  })

  it('goes from claim to contact to acceptance, by either id, and what is asked twice is done once', async () => {
    const steps = [
      [`${acme}/claim`, 'claimed', true],
      ['by-external-id/acme/claim', 'claimed', false],
      ['by-external-id/acme/contacted', 'contacted', true],
      [`${acme}/contacted`, 'contacted', false],
      [`${acme}/accept`, 'accepted', true],
    ] as const
    for (const [what, state, changed] of steps) {
      const answer = await workAs(what, 'Kim')
      expect(answer.json(), what).toMatchObject({
        account_id: acme,
        motion: 'new_business',
        state,
        changed,
        owner: 'Kim',
      })
    }
    expect((await events()).map(({ type }) => type)).toEqual([
      'account.claimed',
      'account.contacted',
      'account.accepted',
    ])
  })

  it('stores a rejection, pauses the account, and keeps its qualification', async () => {
    const answer = await workAs(`${acme}/reject`, 'Kim', { reason: 'bad_timing', note: 'Budget in autumn' })
    expect(answer.json()).toMatchObject({ state: 'qualified', owner: null, changed: true })
    expect(answer.json().paused_until > AS_OF).toBe(true)
    expect((await events())[0]).toMatchObject({
      type: 'account.rejected',
      actor: 'Kim',
      payload: { reason: 'bad_timing', note: 'Budget in autumn' },
    })
    expect((await service.call({ url: '/v1/qualified-accounts?state=qualified' })).json().accounts).toEqual([])
    expect((await workAs(`${acme}/claim`, 'Lee')).json()).toMatchObject({ status: 409, code: 'account_paused' })
  })

  it('refuses a rejection without a listed reason, and invalid bodies', async () => {
    const bad = [
      ['reject', {}, '#/reason'],
      ['reject', { reason: 'because' }, '#/reason'],
      ['reject', { reason: 'other', note: '' }, '#/note'],
      ['claim', { owner: 'Lee' }, '#/owner'],
    ] as const
    for (const [what, payload, pointer] of bad) {
      const answer = await workAs(`${acme}/${what}`, 'Kim', payload)
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ in: 'body', pointer }] })
    }
    expect(await events()).toEqual([])
  })

  it('is done once for one Idempotency-Key, however often it is sent', async () => {
    const name = await service.keyWith('qualified:work')
    const send = () =>
      service.call({
        method: 'POST',
        url: `/v1/qualified-accounts/${acme}/contacted`,
        headers: { 'idempotency-key': 'once' },
        key: name,
        payload: {},
      })
    const first = await send()
    expect(first.json()).toMatchObject({ state: 'contacted', changed: true })
    const answers = await Promise.all(Array.from({ length: 10 }, send))
    for (const answer of answers) expect(answer.body).toBe(first.body)
    expect(await events()).toHaveLength(1)
  })

  it('answers the same for unknown, unlisted and control-group accounts', async () => {
    const { db } = service.database
    const below = await insertAccount(db, 'below')
    const others = await Promise.all(Array.from({ length: 20 }, (_, index) => insertAccount(db, `o${index}`)))
    const scoreOf = (qualified_probability: number) => publishedScore({ qualified_probability })
    const given = others.map((accountId) => ({ accountId, score: scoreOf(0.05) }))
    await storeScores(db, AS_OF, [{ accountId: below, score: scoreOf(0.01) }, ...given], {
      policy: holdoutPolicy,
      accountIds: [below, ...others],
    })
    const { rows } = await service.database.pool.query(
      `select account_id from event where type = 'holdout.assigned' and payload ->> 'group' = 'control' limit 1`,
    )
    expect(rows).toHaveLength(1)
    const answers = await Promise.all(
      [rows[0].account_id, below, 999_999, 'by-external-id/nobody'].map((who) =>
        service.call({ method: 'POST', url: `/v1/qualified-accounts/${who}/claim`, key, payload: {} }),
      ),
    )
    const [first, ...rest] = answers.map((answer) => ({ ...answer.json(), instance: null }))
    expect(first).toMatchObject({ status: 404, code: 'account_not_listed' })
    for (const answer of rest) expect(answer).toEqual(first)
  })
})

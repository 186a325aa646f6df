import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../src/core/base/time.ts'
import { explainStoredAccount } from '../../../src/jobs/scoring/explain.ts'
import { promote } from '../../../src/jobs/registry/promote.ts'
import { scoreAccounts } from '../../../src/jobs/scoring/score.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { publishedScore } from '../../support/accounts.ts'
import { addAccount, addActivity, addFeedStart, at } from '../../support/facts.ts'
import { storeScores, testPolicy } from '../../support/store-scores.ts'
import { keyedRoutes } from '../routes.ts'
import { startTestService, type TestService } from '../support.ts'

const NOW = '2026-03-20T09:30:00.000000Z' as Instant
const AS_OF = '2026-03-10T00:00:00Z'
let service: TestService
let survivor: number
/** Each key of the two accounts, as a path and as a member of `accounts`. */
let names: readonly { readonly path: string; readonly key: object }[]

beforeAll(async () => {
  const policy = testPolicy()
  service = await startTestService({
    policy,
    now: () => NOW,
    scoreAccounts: (champion, accountIds, asOf) => scoreAccounts(service.database.db, champion, accountIds, asOf),
    explainAccount: (champion, accountId, options) =>
      explainStoredAccount(service.database.db, champion, accountId, { ...options, policy }),
  })
  const { db, pool } = service.database
  for (const fact of ['activity', 'intent_signal'] as const) {
    await addFeedStart(db, fact, { source: 'all', kind: 'visit', occurred_at: at('2000-01-01') })
  }
  await insertModelVersion(db, 'm-1', artifactOf())
  await promote(db, 'm-1', { promotedBy: 'test', force: true, reason: 'test' })
  survivor = await addAccount(db, 'new', at('2020-01-01'))
  const merged = await addAccount(db, 'old', at('2020-01-01'))
  await addActivity(db, merged, { kind: 'visit', occurred_at: at('2026-02-20') })
  const score = publishedScore({ account_external_id: 'new', qualified_probability: 0.2 })
  await storeScores(db, at('2026-03-01'), [{ accountId: survivor, score }], { version: 'm-1' })
  await pool.query(
    `alter table event disable trigger event_is_kept; update event set occurred_at = as_of;
     alter table event enable trigger event_is_kept; update scoring_run set stored_at = as_of`,
  )
  await pool.query(
    `insert into account_merge (account_id, into_account_id, known_at, backfilled) values ($1, $2, '2026-03-15', false)`,
    [merged, survivor],
  )
  names = [
    { path: String(survivor), key: { id: survivor } },
    { path: String(merged), key: { id: merged } },
    { path: 'by-external-id/new', key: { external_id: 'new' } },
    { path: 'by-external-id/old', key: { external_id: 'old' } },
  ]
})
afterAll(() => service.close())

/** Asks one after the other, since writes change what the next answers. */
async function answersOf(ask: (name: (typeof names)[number]) => ReturnType<TestService['call']>) {
  const answers: { status: number; body: Record<string, unknown> }[] = []
  for (const name of names) {
    const answer = await ask(name)
    answers.push({ status: answer.statusCode, body: answer.json() })
  }
  return answers
}

/** The routes below an account, by their own id. */
const below = (start: string) =>
  keyedRoutes(service.app).flatMap(({ method, path }) =>
    path.startsWith(`${start}/{id}`) ? [{ method, rest: path.slice(`${start}/{id}`.length) }] : [],
  )

describe('a merged account', () => {
  it('has its routes in these two lists', () => {
    const elsewhere = keyedRoutes(service.app).filter(
      ({ path }) => /account/.test(path.replace(/^\/v1\/(?:qualified-)?accounts\//, '')) && path.includes('{id}'),
    )
    expect(elsewhere.map(({ name }) => name)).toEqual([])
    expect(below('/v1/accounts').map(({ rest }) => rest)).toHaveLength(7)
    expect(below('/v1/qualified-accounts')).toHaveLength(4)
  })

  it('is answered as its survivor on every route, by either id, now and as of before the merge', async () => {
    for (const { method, rest } of below('/v1/accounts')) {
      expect(method).toBe('GET')
      const dated = ['', '/score', '/explanation', '/buying-group', '/timeline', '/actions'].includes(rest)
      const queries = ['', ...(dated ? [`?as_of=${AS_OF}`] : []), ...(rest === '/score' ? ['?stored=true'] : [])]
      for (const query of queries) {
        const [first, ...others] = await answersOf(({ path }) =>
          service.call({ url: `/v1/accounts/${path}${rest}${query}` }),
        )
        expect(first?.status, `${rest}${query}: ${JSON.stringify(first?.body)}`).toBe(200)
        if (first && 'account_id' in first.body) expect(first.body['account_id']).toBe(survivor)
        for (const other of others) expect(other, `${rest}${query}`).toEqual(first)
      }
    }
  })

  it.each([false, true])('is scored as its survivor in a batch, stored %s', async (stored) => {
    const answer = await service.call({
      method: 'POST',
      url: '/v1/scores',
      payload: { accounts: names.map(({ key }) => key), stored },
    })
    const { results } = answer.json()
    expect(results).toHaveLength(4)
    for (const { status, account_id: id, score } of results) {
      expect([status, id, score]).toEqual(['scored', survivor, results[0].score])
    }
  })

  it('is claimed, contacted, accepted and rejected as its survivor', async () => {
    const steps = below('/v1/qualified-accounts').map(({ rest }) => rest)
    expect(steps).toEqual(expect.arrayContaining(['/claim', '/contacted', '/accept', '/reject']))
    for (const step of ['/claim', '/contacted', '/accept', '/reject']) {
      const payload = step === '/reject' ? { reason: 'no_need' } : {}
      const url = (path: string) => `/v1/qualified-accounts/${path}${step}`
      const answers = await answersOf(({ path }) => service.call({ method: 'POST', url: url(path), payload }))
      expect(answers.map(({ body }) => [body['account_id'], body['changed']])).toEqual(
        answers.map((_, index) => [survivor, index === 0]),
      )
      const reached = { '/claim': 'claimed', '/contacted': 'contacted', '/accept': 'accepted', '/reject': 'qualified' }
      expect(answers[0]?.body).toMatchObject({
        state: reached[step as keyof typeof reached],
        owner: step === '/reject' ? null : 'test',
      })
    }
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Explanation } from '../../../../src/core/explanation/published-explanation.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { EXAMPLE_EXPLANATION } from '../../../../src/http/schemas/explanation-view.ts'
import { promote } from '../../../../src/jobs/registry/promote.ts'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { addAccount, addActivity, addFeedStart, addOpportunity, at } from '../../../support/facts.ts'
import { startTestService, type TestService } from '../../support.ts'

const NOW = '2026-03-02T09:30:00.123000Z' as Instant
let service: TestService
let acme: number
let dealing: number
let unborn: number

beforeAll(async () => {
  service = await startTestService({ now: () => NOW })
  const { db } = service.database
  for (const fact of ['activity', 'intent_signal'] as const) {
    await addFeedStart(db, fact, { source: 'all', kind: 'visit', occurred_at: at('2000-01-01') })
  }
  acme = await addAccount(db, 'beta/ü?', at('1900-01-01'), { name: 'Beta', industry: 'software' })
  await addActivity(db, acme, { kind: 'visit', occurred_at: at('2026-02-20') })
  dealing = await addAccount(db, 'dealing', at('2024-01-01'))
  await addOpportunity(db, dealing, 'deal', [{ known_at: at('2026-02-10'), opened_at: at('2026-02-10') }])
  unborn = await addAccount(db, 'unborn', at('2026-03-03'))
})
afterAll(() => service.close())

const get = (id: number, query = '') => service.call({ url: `/v1/accounts/${id}/explanation${query}` })

describe('GET /v1/accounts/…/explanation', () => {
  it('is 409 before a model is promoted', async () => {
    expect((await get(acme)).json()).toMatchObject({ status: 409, code: 'no_champion' })
    await insertModelVersion(service.database.db, 'm-1', artifactOf())
    await promote(service.database.db, 'm-1', { promotedBy: 'test', force: true, reason: 'test' })
  })

  it('explains the present score, by id and by external id', async () => {
    const body = (await get(acme)).json()
    expect(body).toMatchObject({ account_id: acme, explanation: { change: null, matches_stored: null } })
    expect(body.explanation.score).toMatchObject({ as_of: NOW, model_version: 'm-1', account_external_id: 'beta/ü?' })
    const url = `/v1/accounts/by-external-id/${encodeURIComponent('beta/ü?')}/explanation`
    expect((await service.call({ url })).json()).toEqual(body)
  })

  it('explains the change since a day or an instant', async () => {
    for (const since of ['2026-02-01', '2026-02-01T00:00:00Z']) {
      const { change } = (await get(acme, `?since=${since}`)).json().explanation
      expect(change.since).toBe('2026-02-01T00:00:00.000000Z')
      expect(change.models[0].parts[0].sentence).toBe('1 more visit in the last 30 days (now 1)')
    }
  })

  it('explains a past instant, and says that nothing was stored then', async () => {
    const {
      score,
      matches_stored: matches,
      change,
    } = (await get(acme, '?as_of=2026-02-10&since=2026-01-01')).json().explanation
    expect([score.as_of, matches, change.known_then]).toEqual(['2026-02-10T00:00:00.000000Z', null, true])
  })

  it('explains only the win model for an account with an open opportunity', async () => {
    const { models, counterfactuals, score } = (await get(dealing)).json().explanation
    expect(models.map(({ model }: { model: string }) => model)).toEqual(['win_open'])
    expect([counterfactuals.status, score.not_scored_because]).toEqual(['not_scored', 'open_opportunity'])
  })

  it('is 404 for an unknown account, or one not known at that instant', async () => {
    for (const answer of [await get(unborn), await get(987_654), await get(dealing, '?as_of=2023-01-01')]) {
      expect(answer.json()).toMatchObject({ status: 404, code: 'account_not_found' })
    }
  })

  it.each([
    ['since=yesterday', '#/since', 'must be a day, an instant with a zone, or an epoch count'],
    ['since=2026-02-30', '#/since', 'must be a day, an instant with a zone, or an epoch count'],
    ['since=', '#/since', 'must have a value'],
    ['since=2026-03-03', '#/since', `since must lie before ${NOW}, got 2026-03-03T00:00:00.000000Z`],
    ['since=2026-02-01&as_of=2026-02-01', '#/since', 'since must lie before 2026-02-01T00:00:00.000000Z'],
    ['as_of=2026-03-03', '#/as_of', 'as_of must not lie in the future, got 2026-03-03T00:00:00.000000Z'],
    ['at=2026-03-01', '#/at', 'unknown'],
  ])('refuses ?%s', async (query, pointer, detail) => {
    const problem = (await get(acme, `?${query}`)).json()
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request', errors: [{ in: 'query', pointer }] })
    expect(problem.errors[0].detail).toContain(detail)
  })

  it('is documented by an example that its schema accepts', () => {
    expect(Explanation.parse(EXAMPLE_EXPLANATION)).toEqual(EXAMPLE_EXPLANATION)
  })
})

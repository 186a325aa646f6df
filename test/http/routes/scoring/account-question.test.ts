import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scopeOf } from '../../../../src/http/scopes.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { publishedScore } from '../../../support/accounts.ts'
import { addAccount, at } from '../../../support/facts.ts'
import { storeScores } from '../../../support/store-scores.ts'
import { keyedRoutes } from '../../routes.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

const NOW = '2026-03-20T09:30:00.000000Z' as Instant
const EXTERNAL_ID = 'acme/ü?'
let service: TestService
let acme: number

beforeAll(async () => {
  service = await startTestService({ now: () => NOW })
  const { db } = service.database
  await insertChampion(service.database)
  acme = await addAccount(db, EXTERNAL_ID, at('2020-01-01'))
  const scored = (probability: number) => [
    {
      accountId: acme,
      score: publishedScore({ account_external_id: EXTERNAL_ID, qualified_probability: probability }),
    },
  ]
  await storeScores(db, at('2026-03-01'), scored(0.01))
  await storeScores(db, at('2026-03-02'), scored(0.2))
  // Stored now, by the database's clock; on record as of NOW all the same.
  await service.database.pool.query(
    `alter table event disable trigger event_is_kept; update event set occurred_at = as_of;
     alter table event enable trigger event_is_kept; update scoring_run set stored_at = as_of`,
  )
})
afterAll(() => service.close())

const ask = (who: number | string, path: string) => {
  const address = typeof who === 'number' ? String(who) : `by-external-id/${encodeURIComponent(who)}`
  return service.call({ url: `/v1/accounts/${address}${path}` })
}

describe('an account question', () => {
  it('is answered by either id, with the same scope', () => {
    const paths = keyedRoutes(service.app).filter(({ path }) => path.startsWith('/v1/accounts/{id}'))
    const all = keyedRoutes(service.app).map(({ name }) => name)
    expect(paths.length).toBeGreaterThanOrEqual(7)
    for (const { method, path } of paths) {
      const twin = path.replace('{id}', 'by-external-id/{external_id}')
      expect(all).toContain(`${method} ${twin}`)
      const scope = (of: string) => scopeOf(method, of.replaceAll(/\{([^}]+)\}/g, ':$1'))
      expect(scope(twin), twin).toBe(scope(path))
    }
  })

  it.each([
    '',
    '/timeline',
    '/score-history',
    '/actions',
    '?as_of=2026-03-01',
    '/timeline?limit=1',
    '/actions?as_of=2026-03-02',
  ])('is the same by either: %s', async (path) => {
    const byId = await ask(acme, path)
    expect(byId.statusCode).toBe(200)
    expect((await ask(EXTERNAL_ID, path)).json()).toEqual(byId.json())
  })

  it('goes on from a page by the other id', async () => {
    const { changes } = (await ask(acme, '/score-history')).json()
    expect(changes).toHaveLength(2)
    const first = (await ask(acme, '/score-history?limit=1')).json()
    const rest = (await ask(EXTERNAL_ID, `/score-history?limit=1&cursor=${first.next_cursor}`)).json()
    expect([...first.changes, ...rest.changes]).toEqual(changes)
  })

  it.each(['', '/timeline', '/score-history', '/actions', '/buying-group', '/explanation'])(
    'is 404 for an unknown external id, also without a champion: %s',
    async (path) => {
      expect((await ask('nobody', path)).json()).toMatchObject({ status: 404, code: 'account_not_found' })
    },
  )

  it('is 404 as of before the account was known, and wrong parameters are 400', async () => {
    expect((await ask(EXTERNAL_ID, '?as_of=2019-01-01')).json()).toMatchObject({ code: 'account_not_found' })
    expect((await ask(EXTERNAL_ID, '?as_of=2199-01-01')).json()).toMatchObject({ code: 'invalid_request' })
    expect((await ask(EXTERNAL_ID, '/timeline?limit=x')).json()).toMatchObject({ code: 'invalid_request' })
    expect((await ask('a'.repeat(401), '')).json()).toMatchObject({ code: 'invalid_request' })
  })

  it('is that of the account which another was merged into, by either id', async () => {
    const { db, pool } = service.database
    const old = await addAccount(db, 'old', at('2020-01-01'))
    await pool.query(
      `insert into account_merge (account_id, into_account_id, known_at, backfilled) values ($1, $2, '2026-01-01', false)`,
      [old, acme],
    )
    expect((await ask('old', '')).json()).toEqual((await ask(acme, '')).json())
    expect((await ask(old, '')).json()).toEqual((await ask(acme, '')).json())
  })
})

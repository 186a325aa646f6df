import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { evaluateChangedSegments, segmentLoop } from '../../../../src/jobs/qualification/segment-membership.ts'
import { workAccount } from '../../../../src/jobs/qualification/sales-handoff.ts'
import type { PublishedScore } from '../../../../src/core/scoring/published-score.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { startTestService, type TestService } from '../../support.ts'

const day = (of: number) => `2026-03-${String(of).padStart(2, '0')}T00:00:00.000000Z` as Instant
const policy = testPolicy()
let service: TestService
const accountIds: number[] = []

/** a0 to a5: in decision with these qualified probabilities, and in these countries. */
const PROBABILITIES = [0.02, 0.04, 0.06, 0.08, 0.1, 0.12]
const COUNTRIES = ['DE', 'DE', 'FR', 'FR', 'DE', 'DE']
const hot = { field: 'qualified_probability', operator: 'at_least', value: 0.07 }
const german = { field: 'attributes.country', operator: 'is', value: 'DE' }

beforeAll(async () => {
  service = await startTestService({ policy })
  await insertModelVersion(service.database.db, 'v1')
  await insertModelVersion(service.database.db, 'v2')
  for (const [index, country] of COUNTRIES.entries())
    accountIds.push(await insertAccount(service.database.db, `a${index}`, [], { name: `a${index}`, country }))
})
afterAll(() => service.close())
beforeEach(async () => {
  await service.database.pool.query(`
    truncate segment, segment_revision, segment_member, event, account_state, account_stage, account_score,
      account_score_change, scoring_run cascade`)
  await score(1)
})

/** Everybody is scored, by that day; `changes` by the index of the account. */
const score = (of: number, changes: Record<number, Partial<PublishedScore> | null> = {}, version = 'v1') =>
  storeScores(
    service.database.db,
    day(of),
    accountIds.flatMap((accountId, index) => {
      const change = index in changes ? changes[index] : {}
      if (change === null || change === undefined) return []
      const probability = PROBABILITIES[index] ?? null
      const facts = { attributes: { country: COUNTRIES[index] ?? null } }
      const own = { account_external_id: `a${index}`, qualified_probability: probability }
      return [{ accountId, score: publishedScore({ ...own, ...change }), facts }]
    }),
    { policy, version },
  )

const make = (name: string, filter: object, headers = {}) =>
  service.call({ method: 'POST', url: '/v1/segments', payload: { name, title: name, filter }, headers })
const change = (name: string, filter: object) =>
  service.call({ method: 'PUT', url: `/v1/segments/${name}`, payload: { title: name, filter } })
const evaluate = () => evaluateChangedSegments(service.database.db, policy)
const members = async (name: string, query = '') => {
  const answer = await service.call({ url: `/v1/segments/${name}/accounts${query}` })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().accounts.map((account: { external_id: string }) => account.external_id) as string[]
}
const moves = async () => {
  const { rows } = await service.database.pool.query<{ line: string }>(`
    select concat_ws(' ', type, payload ->> 'segment', a.external_id, payload ->> 'reason') as line
    from event join account a using (account_id) where type like 'segment.%' order by event_id`)
  return rows.map(({ line }) => line)
}

describe('a segment over the API', () => {
  it('is made, and holds who fulfils it once it was evaluated, each with an event', async () => {
    const made = await make('hot', hot)
    expect(made.statusCode, made.body).toBe(201)
    expect(made.json()).toMatchObject({ name: 'hot', source: 'api', revision: 1, evaluated_at: null, members: 0 })
    expect(await evaluate()).toEqual({ segments: ['hot'], accounts: 6, moves: 3 })
    expect(await members('hot')).toEqual(['a3', 'a4', 'a5'])
    expect(await moves()).toEqual(['a3', 'a4', 'a5'].map((id) => `segment.entered hot ${id} segment_changed`))
    const now = (await service.call({ url: '/v1/segments/hot' })).json()
    expect(now).toMatchObject({ members: 3, evaluated_at: expect.stringMatching(/Z$/), updated_by: 'test' })
    expect(await evaluate()).toBeUndefined()
  })

  it('tells of each account its score, stage, grades, and since when it is in it', async () => {
    await make('hot', hot)
    await score(2)
    await score(3)
    const { accounts } = (await service.call({ url: '/v1/segments/hot/accounts?limit=1' })).json()
    expect(accounts).toEqual([
      expect.objectContaining({
        external_id: 'a3',
        member_since: day(2),
        as_of: day(3),
        buying_stage: 'decision',
        qualified_probability: 0.08,
        grades: { account_fit: 'B', contact_fit: 'B', engagement: 'A', intent: 'C' },
        model_version: 'v1',
      }),
    ])
  })

  it('reads attributes, alone and together with scores', async () => {
    await make('german', german)
    await make('hot-german', { all: [hot, german] })
    await make('neither', { not: { any: [hot, german] } })
    await evaluate()
    expect(await members('german')).toEqual(['a0', 'a1', 'a4', 'a5'])
    expect(await members('hot-german')).toEqual(['a4', 'a5'])
    expect(await members('neither')).toEqual(['a2'])
  })

  it('comes in pages that together hold every account once, with a cursor of its own', async () => {
    await make('all', { field: 'evidence', operator: 'is', value: 'high' })
    await make('german', german)
    await evaluate()
    const seen: string[] = []
    let cursor = ''
    do {
      const { accounts, next_cursor: next } = (
        await service.call({ url: `/v1/segments/all/accounts?limit=4${cursor}` })
      ).json()
      seen.push(...accounts.map((account: { external_id: string }) => account.external_id))
      if (next) {
        const other = await service.call({ url: `/v1/segments/german/accounts?cursor=${next}` })
        expect(other.json()).toMatchObject({ status: 400, code: 'invalid_cursor' })
      }
      cursor = next ? `&cursor=${next}` : ''
    } while (cursor !== '')
    expect(seen).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5'])
  })

  it('happens once with an Idempotency-Key, and is in the audit log', async () => {
    const headers = { 'idempotency-key': 'segment-1' }
    const [first, again] = [await make('once', hot, headers), await make('once', hot, headers)]
    expect(again.body).toBe(first.body)
    expect(again.headers['idempotency-replayed']).toBe('true')
    const { rows } = await service.database.pool.query(
      "select route, target, status from audit_entry where target = 'once'",
    )
    expect(rows).toEqual([{ route: '/v1/segments', target: 'once', status: 201 }])
    expect((await make('once', hot)).json()).toMatchObject({ status: 409, code: 'segment_exists' })
  })

  it('that does not exist is 404, whatever is asked of it', async () => {
    for (const [method, url] of [
      ['GET', '/v1/segments/none'],
      ['GET', '/v1/segments/none/accounts'],
      ['GET', '/v1/segments/none/accounts?as_of=2026-01-01'],
      ['DELETE', '/v1/segments/none'],
    ] as const)
      expect((await service.call({ method, url })).json(), url).toMatchObject({
        status: 404,
        code: 'segment_not_found',
      })
    expect((await change('none', hot)).statusCode).toBe(404)
    // Spaces around a name are none that a segment could have.
    expect((await service.call({ url: '/v1/segments/%20' })).statusCode).toBe(404)
  })

  it('of a file can be read, and is changed there only', async () => {
    await service.database.pool.query(`
      with s as (insert into segment (name, revision) values ('filed', 1) returning name)
      insert into segment_revision (name, revision, source, definition)
      select name, 1, 'file', '{"title":"T","description":null,"filter":{"field":"is_customer","operator":"is","value":true}}'
      from s`)
    expect((await service.call({ url: '/v1/segments' })).json().segments).toEqual([
      expect.objectContaining({ name: 'filed', source: 'file', updated_by: null }),
    ])
    expect((await change('filed', hot)).json()).toMatchObject({ status: 409, code: 'segment_of_file' })
    const gone = await service.call({ method: 'DELETE', url: '/v1/segments/filed' })
    expect(gone.json()).toMatchObject({ status: 409, code: 'segment_of_file' })
  })

  it('is refused with a pointer to each thing that is wrong', async () => {
    const wrong = await make('wrong', {
      all: [
        { field: 'buying_stag', operator: 'is', value: 'decision' },
        { field: 'attributes.contry', operator: 'is', value: 'DE' },
        { field: 'scores.intent', operator: 'at_least', value: '50' },
      ],
    })
    expect(wrong.statusCode).toBe(400)
    expect(wrong.json().errors).toEqual([
      expect.objectContaining({
        pointer: '#/filter/all/0/field',
        detail: 'unknown field "buying_stag"; did you mean buying_stage?',
      }),
      expect.objectContaining({
        pointer: '#/filter/all/1/field',
        detail: expect.stringContaining('did you mean attributes.country'),
      }),
      expect.objectContaining({ in: 'body', pointer: '#/filter/all/2/value' }),
    ])
    for (const [payload, pointer] of [
      [{ name: 'Hot!', title: 'x', filter: hot }, '#/name'],
      [{ name: 'hot', title: 'x', filter: { ...hot, values: 1 } }, '#/filter/values'],
      [{ name: 'hot', title: 'x', filter: { not: { not: 5 } } }, '#/filter/not/not'],
      [{ name: 'hot', title: 'x', filter: { field: 'currency', operator: 'is', value: null } }, '#/filter/value'],
      [{ name: 'hot', title: 'x' }, '#/filter'],
    ] as const) {
      const answer = await service.call({ method: 'POST', url: '/v1/segments', payload })
      expect(answer.statusCode, answer.body).toBe(400)
      expect(answer.json().errors[0].pointer).toBe(pointer)
    }
    expect((await service.call({ url: '/v1/segments' })).json().segments).toEqual([])
  })
})

describe('accounts move by themselves', () => {
  it('in and out when they are scored, with an event each, and nothing is written when nothing changed', async () => {
    await make('hot', hot)
    await evaluate()
    await score(2, { 0: { qualified_probability: 0.3 }, 5: { qualified_probability: 0.01 } })
    expect(await members('hot')).toEqual(['a0', 'a3', 'a4'])
    expect((await moves()).slice(3)).toEqual([
      'segment.entered hot a0 account_changed',
      'segment.left hot a5 account_changed',
    ])
    const before = await service.database.pool.query('select * from segment_member order by 1, 2')
    const again = await score(3, { 0: { qualified_probability: 0.3 }, 5: { qualified_probability: 0.01 } })
    expect(again.events).toBe(0)
    expect((await service.database.pool.query('select * from segment_member order by 1, 2')).rows).toEqual(before.rows)
    expect(await moves()).toHaveLength(5)
  })

  it('out when they are no more, and say when another version is why', async () => {
    await make('hot', hot)
    await evaluate()
    await score(2, { 3: null, 5: { qualified_probability: 0.01 } }, 'v2')
    expect((await moves()).slice(3).toSorted()).toEqual([
      'segment.left hot a3 account_gone',
      'segment.left hot a5 model_changed',
    ])
    expect(await members('hot')).toEqual(['a4'])
  })

  it('by a segment that was changed, and all of them out of one that was deleted', async () => {
    await make('hot', hot)
    await evaluate()
    const unchanged = await change('hot', hot)
    expect(unchanged.json()).toMatchObject({ revision: 1 })
    expect((await change('hot', { ...hot, value: 0.11 })).json()).toMatchObject({ revision: 2, evaluated_at: null })
    expect(await members('hot')).toEqual(['a3', 'a4', 'a5'])
    await evaluate()
    expect(await members('hot')).toEqual(['a5'])
    expect((await moves()).slice(3)).toEqual([
      'segment.left hot a3 segment_changed',
      'segment.left hot a4 segment_changed',
    ])
    expect((await service.call({ method: 'DELETE', url: '/v1/segments/hot' })).json()).toMatchObject({ members: 1 })
    expect((await service.call({ url: '/v1/segments/hot/accounts' })).statusCode).toBe(404)
    await evaluate()
    expect((await moves()).at(-1)).toBe('segment.left hot a5 segment_deleted')
    expect((await make('hot', german)).json()).toMatchObject({ revision: 4, members: 0 })
    await score(2)
    expect(await members('hot')).toEqual(['a0', 'a1', 'a4', 'a5'])
  })

  it('when a person claims one, in the same transaction', async () => {
    await make('unclaimed', { all: [hot, { field: 'owner', operator: 'is_known', value: false }] })
    await make('claimed', { field: 'states.new_business', operator: 'is', value: 'claimed' })
    await evaluate()
    const accountId = accountIds[4] ?? 0
    const claim = { accountId, work: { kind: 'claim' }, actor: 'ann' } as const
    await expect(
      service.database.db.transaction().execute(async (transaction) => {
        await workAccount(transaction, policy, claim)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect(await members('unclaimed')).toEqual(['a3', 'a4', 'a5'])
    expect(await workAccount(service.database.db, policy, claim)).toMatchObject({ kind: 'done' })
    expect(await members('unclaimed')).toEqual(['a3', 'a5'])
    expect(await members('claimed')).toEqual(['a4'])
  })

  it('not into a list of accounts worth working while the holdout withholds them', async () => {
    const drawing = testPolicy({ holdout: { share: 0.1 } })
    await make('hot', hot)
    await make('german', german)
    await evaluate()
    const detail = { group: 'control', groupUntil: '2100-01-01T00:00:00.000000Z', state: 'none', owner: null }
    await service.database.pool.query(
      `insert into account_state (account_id, motion, state, since, detail) values ($1, 'new_business', 'none', now(), $2)
       on conflict (account_id, motion) do update set detail = excluded.detail`,
      [accountIds[5], JSON.stringify(detail)],
    )
    await change('hot', { ...hot, value: 0.075 })
    await change('german', { ...german, operator: 'is_any_of', value: ['DE'] })
    await evaluateChangedSegments(service.database.db, drawing)
    expect(await members('hot')).toEqual(['a3', 'a4'])
    expect(await members('german')).toEqual(['a0', 'a1', 'a4', 'a5'])
  })
})

describe('?as_of=', () => {
  it('answers who was in it, and as what, by what was stored then', async () => {
    await make('hot', hot)
    await evaluate()
    const clock = async () =>
      (await service.database.pool.query('select clock_timestamp() as now')).rows[0].now as string
    const answers: [string, string][] = []
    for (const [of, probability] of [0.3, 0.01, 0.2].entries()) {
      await score(2 + of, {
        0: { qualified_probability: probability },
        4: { qualified_probability: 0.3 - probability },
      })
      answers.push([await clock(), (await service.call({ url: '/v1/segments/hot/accounts' })).body])
    }
    await change('hot', german)
    await evaluate()
    await service.call({ method: 'DELETE', url: '/v1/segments/hot' })
    await evaluate()
    for (const [at, body] of answers) {
      const then = await service.call({ url: `/v1/segments/hot/accounts?as_of=${encodeURIComponent(at)}` })
      expect(then.body).toBe(body)
    }
    expect((await service.call({ url: '/v1/segments/hot/accounts?as_of=2026-01-01' })).statusCode).toBe(404)
    expect((await service.call({ url: '/v1/segments/hot/accounts?as_of=2190-01-01' })).statusCode).toBe(400)
  })
})

describe('the worker', () => {
  it('evaluates what was changed, and tries again what failed', async () => {
    await make('hot', hot)
    const stop = new AbortController()
    const failures: unknown[] = []
    const evaluated: unknown[] = []
    await service.database.pool.query('alter table segment_member rename to segment_member_away')
    await segmentLoop(service.database.db, {
      policy,
      pollMs: 10,
      signal: stop.signal,
      onFailure: async (error) => {
        failures.push(error)
        if (failures.length === 1)
          await service.database.pool.query('alter table segment_member_away rename to segment_member')
      },
      onEvaluated: (done) => {
        evaluated.push(done)
        stop.abort()
      },
    })
    expect(failures.length).toBeGreaterThanOrEqual(1)
    expect(evaluated).toEqual([{ segments: ['hot'], accounts: 6, moves: 3 }])
    expect(await members('hot')).toEqual(['a3', 'a4', 'a5'])
  })
})

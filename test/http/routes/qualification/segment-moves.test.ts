import { describe, expect, it } from 'vitest'
import { evaluateChangedSegments, segmentLoop } from '../../../../src/jobs/qualification/segment-membership.ts'
import { recordHandoff } from '../../../../src/jobs/qualification/sales-handoff.ts'
import { testPolicy } from '../../../support/store-scores.ts'
import {
  accountIds,
  change,
  evaluate,
  german,
  hot,
  make,
  members,
  moves,
  policy,
  score,
  service,
} from './segments-support.ts'

describe('accounts enter and leave', () => {
  it('when they are scored, with one event each, and without a write if nothing changed', async () => {
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

  it('when they are deleted, and when another version scores them', async () => {
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
        await recordHandoff(transaction, policy, claim)
        throw new Error('undone')
      }),
    ).rejects.toThrow('undone')
    expect(await members('unclaimed')).toEqual(['a3', 'a4', 'a5'])
    expect(await recordHandoff(service.database.db, policy, claim)).toMatchObject({ kind: 'done' })
    expect(await members('unclaimed')).toEqual(['a3', 'a5'])
    expect(await members('claimed')).toEqual(['a4'])
  })

  it('not into a segment that uses scores while in the control group', async () => {
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
  it('returns the members and their values stored at that instant', async () => {
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
  it('evaluates changed segments, and retries failed ones', async () => {
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

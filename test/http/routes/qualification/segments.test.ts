import { describe, expect, it } from 'vitest'
import { change, day, evaluate, german, hot, make, members, moves, score, service } from './segments-support.ts'

/** Shaped like an API key. */
const KEY_LIKE = `wrk_abcdefghijkl_${'A'.repeat(43)}`

describe('a segment over the API', () => {
  it('is created, and holds the matching accounts after its evaluation, each with an event', async () => {
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

  it('has score, stage, grades and entry instant of each account', async () => {
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

  it('has pages that together hold every account once, with a cursor of its own', async () => {
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

  it('that does not exist is 404 on every route', async () => {
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

  it('of a file is read-only', async () => {
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

  it('is refused with a pointer to each fault', async () => {
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
      [{ name: 'hot', title: KEY_LIKE, filter: hot }, '#/title'],
      [{ name: 'hot', title: 'x', description: `try ${KEY_LIKE}`, filter: hot }, '#/description'],
    ] as const) {
      const answer = await service.call({ method: 'POST', url: '/v1/segments', payload })
      expect(answer.statusCode, answer.body).toBe(400)
      expect(answer.json().errors[0].pointer).toBe(pointer)
    }
    expect((await service.call({ url: '/v1/segments' })).json().segments).toEqual([])
  })
})

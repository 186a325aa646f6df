import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeOldRefusals } from '../../../../src/store/access/audit.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const entries = async (query = '') => (await service.call({ url: `/v1/audit-log${query}` })).json().entries
const train = (payload: object = {}, more: { key?: string; headers?: Record<string, string> } = {}) =>
  service.call({ method: 'POST', url: '/v1/training-runs', payload, ...more })

describe('the audit log', () => {
  it('records actor, action, object, status and request id of each write', async () => {
    const answer = await train()
    const { training_run_id: id } = answer.json()
    expect((await entries())[0]).toEqual({
      audit_entry_id: expect.any(Number),
      at: expect.stringMatching(/Z$/),
      key_id: expect.stringMatching(/^[0-9a-z]{12}$/),
      actor: 'test',
      method: 'POST',
      route: '/v1/training-runs',
      target: String(id),
      outcome: 'done',
      status: 202,
      request_id: answer.headers['x-request-id'],
    })
    await service.call({ method: 'POST', url: `/v1/training-runs/${id}/cancel` })
    expect((await entries())[0]).toMatchObject({ route: '/v1/training-runs/:id/cancel', target: String(id) })
  })

  it('records refusals: by the schema, by a conflict, for a missing scope', async () => {
    await train({ specification: 3 })
    await train({}, { key: await service.keyWith('models:read') })
    await service.call({ method: 'POST', url: '/v1/training-runs/999/cancel' })
    expect(await entries('?limit=3')).toMatchObject([
      { outcome: 'refused', status: 404, target: '999' },
      { outcome: 'refused', status: 403 },
      { outcome: 'refused', status: 400 },
    ])
  })

  it('has no entry for a read, a replay, or a request without a valid key', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    await service.database.pool.query('delete from training_run')
    await train({}, { headers })
    const [newest] = await entries('?limit=1')
    await train({}, { headers })
    await service.call({ method: 'POST', url: '/v1/scores', payload: { accounts: [{ id: 1 }] } })
    await service.call({ url: '/v1/training-runs' })
    await service.call({ method: 'POST', url: '/v1/training-runs', payload: {}, key: null })
    expect((await entries('?limit=1'))[0]).toEqual(newest)
  })

  it('has an entry if and only if there was an effect', async () => {
    await service.database.pool.query('delete from training_run')
    const { audit_entry_id: newest } = (await entries('?limit=1'))[0]
    await service.database.pool.query(`alter table audit_entry add constraint broken check (status <> 202) not valid`)
    expect((await train()).statusCode).toBe(500)
    await service.database.pool.query(`alter table audit_entry drop constraint broken`)
    const { rows } = await service.database.pool.query('select from training_run')
    expect(rows).toEqual([])
    expect(await entries('?limit=1')).toMatchObject([{ outcome: 'failed', status: 500, audit_entry_id: newest + 2 }])
  })

  it('is append-only', async () => {
    for (const change of ['update audit_entry set actor = $1', 'delete from audit_entry where actor <> $1']) {
      await expect(service.database.pool.query(change, ['x'])).rejects.toThrow('the audit log is only added to')
    }
  })

  it('holds no e-mail address, not even as an identifier', async () => {
    await service.call({ method: 'POST', url: '/v1/models/ada%40example.com/promote', payload: {} })
    expect((await entries('?limit=1'))[0]).toMatchObject({ target: '[e-mail]', status: 404 })
  })

  it('records at most 60 refused calls per key and minute, and every write', async () => {
    const key = await service.keyWith('models:read')
    const countOf = async () => {
      const { rows } = await service.database.pool.query(
        `select count(*)::int as count from audit_entry where key_id = $1`,
        [key.slice(4, 16)],
      )
      return rows[0].count
    }
    for (let count = 0; count < 70; count += 1) expect((await train({}, { key })).statusCode).toBe(403)
    expect(await countOf()).toBe(60)
    await service.database.pool.query('delete from training_run')
    const both = await service.keyWith('models:train')
    expect((await train({}, { key: both })).statusCode).toBe(202)
    expect((await entries('?limit=1'))[0]).toMatchObject({ key_id: both.slice(4, 16), outcome: 'done' })
  })

  it('keeps refused calls for 90 days, and writes without end', async () => {
    const { pool, db } = service.database
    const [{ key_id: keyId }] = await entries('?limit=1')
    await pool.query(
      `insert into audit_entry (at, request_id, key_id, actor, method, route, status)
       select now() - make_interval(days => d), gen_random_uuid(), $1, 'old', 'POST', '/v1/x', s
       from unnest(array[89, 91]) d, unnest(array[200, 403, 500]) s`,
      [keyId],
    )
    const old = async () => {
      const { rows } = await pool.query(
        `select status, extract(day from now() - at)::int as days from audit_entry where actor = 'old' order by 2, 1`,
      )
      return rows.map(({ status, days }) => [status, days])
    }
    await expect(pool.query(`delete from audit_entry where actor = 'old' and status = 200`)).rejects.toThrow(
      'only added',
    )
    await expect(pool.query(`delete from audit_entry where actor = 'old' and status = 403`)).rejects.toThrow(
      'only added',
    )
    expect(await removeOldRefusals(db)).toBe(2)
    expect(await old()).toEqual([
      [200, 89],
      [403, 89],
      [500, 89],
      [200, 91],
    ])
  })

  it('is read page by page, of one key or of all', async () => {
    const key = await service.keyWith('models:train')
    for (let count = 0; count < 5; count += 1) await train({ specification: 3 }, { key })
    const { key_id: id } = (await entries('?limit=1'))[0]
    const first = (await service.call({ url: `/v1/audit-log?limit=3&key_id=${id}` })).json()
    const second = (
      await service.call({ url: `/v1/audit-log?limit=3&key_id=${id}&cursor=${first.next_cursor}` })
    ).json()
    expect([first.entries.length, second.entries.length, second.next_cursor]).toEqual([3, 2, null])
    const other = await service.call({ url: `/v1/audit-log?limit=3&cursor=${first.next_cursor}` })
    expect(other.json()).toMatchObject({ code: 'invalid_cursor' })
  })
})

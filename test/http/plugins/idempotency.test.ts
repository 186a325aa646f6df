import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())
beforeEach(() => service.database.pool.query('delete from training_run'))

const write = (idempotencyKey: string, payload: object = {}, more: { key?: string; url?: string } = {}) =>
  service.call({
    method: 'POST',
    url: '/v1/training-runs',
    payload,
    headers: { 'idempotency-key': idempotencyKey },
    ...more,
  })

async function count(table: string): Promise<number> {
  const { rows } = await service.database.pool.query(`select count(*)::int as n from ${table}`)
  return rows[0].n
}

describe('a write with an Idempotency-Key', () => {
  it('that is repeated is answered byte by byte as the first time, and says so', async () => {
    const name = randomUUID()
    const first = await write(name, { as_of: '2026-01-01T00:00:00Z' })
    expect(first.statusCode).toBe(202)
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    await service.database.pool.query(
      `update training_run set state = 'cancelled', cancelled_by = 'x', finished_at = now()`,
    )
    for (const sent of [name, `"${name}"`]) {
      const again = await write(sent, { as_of: '2026-01-01T00:00:00Z' })
      expect(again.statusCode).toBe(202)
      expect(again.rawPayload.equals(first.rawPayload)).toBe(true)
      expect(again.headers['idempotency-replayed']).toBe('true')
      expect([again.headers.location, again.headers['content-type']]).toEqual([
        first.headers.location,
        first.headers['content-type'],
      ])
    }
    expect(await count('training_run')).toBe(1)
  })

  it('sent 50 times at once has one effect; every answer is that one or says to wait', async () => {
    const name = randomUUID()
    const entries = await count(`audit_entry where status = 202`)
    const answers = await Promise.all(Array.from({ length: 50 }, () => write(name)))
    const bodies = new Set(answers.filter(({ statusCode }) => statusCode === 202).map(({ body }) => body))
    expect(bodies.size).toBe(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 202)) {
      expect(answer.json()).toMatchObject({ status: 409, code: 'idempotency_in_progress' })
      expect(answer.headers['retry-after']).toBe('1')
    }
    expect(await count('training_run')).toBe(1)
    expect(await count(`audit_entry where status = 202`)).toBe(entries + 1)
    expect((await write(name)).body).toBe([...bodies][0])
  })

  it('with another body is refused', async () => {
    const name = randomUUID()
    const { training_run_id: id } = (await write(name)).json()
    for (const other of [
      write(name, { as_of: '2026-01-01T00:00:00Z' }),
      write(name, {}, { url: `/v1/training-runs/${id}/cancel` }),
    ]) {
      expect((await other).json()).toMatchObject({ status: 422, code: 'idempotency_key_reused' })
    }
  })

  it('is its own for every API key', async () => {
    const name = randomUUID()
    await write(name)
    const other = await write(name, {}, { key: await service.keyWith('models:train') })
    expect(other.json()).toMatchObject({ status: 409, code: 'training_in_progress' })
  })

  it('that was refused had no effect and may be sent again with the same key', async () => {
    const name = randomUUID()
    const { training_run_id: id } = (await write(randomUUID())).json()
    expect((await write(name)).json()).toMatchObject({ code: 'training_in_progress' })
    expect((await write(name, { specification: 'none' })).statusCode).toBe(400)
    await service.call({ method: 'POST', url: `/v1/training-runs/${id}/cancel` })
    expect((await write(name)).statusCode).toBe(202)
  })

  it('is new again after 24 hours, and older answers are deleted', async () => {
    const name = randomUUID()
    const first = (await write(name)).json()
    const { pool } = service.database
    await pool.query(`update idempotent_answer set created_at = now() - interval '24 hours'`)
    await pool.query('delete from training_run')
    const again = await write(name, { specification: 'models' })
    expect(again.json().training_run_id).toBeGreaterThan(first.training_run_id)
    const old = `idempotent_answer where created_at <= now() - interval '24 hours'`
    expect(await count(old)).toBe(0)
  })

  it.each(['', 'a b', 'a, b', 'é', 'x'.repeat(256), '"open', 'a"b'])('named %j is refused', async (name) => {
    const answer = await write(name)
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(answer.json().errors[0]).toMatchObject({ in: 'header', pointer: '#/idempotency-key' })
    expect(await count('training_run')).toBe(0)
  })

  it('stores the answer encrypted with the API key', async () => {
    const made = await write(randomUUID(), { scopes: ['score:read'], actor: 'canary' }, { url: '/v1/api-keys' })
    const { key } = made.json()
    const { rows } = await service.database.pool.query('select idempotent_answer::text as row from idempotent_answer')
    const shown = rows.map(({ row }) => row).join()
    // As bytea is shown.
    const hexOf = (text: string) => Buffer.from(text).toString('hex')
    for (const secret of [key.slice(-43), 'canary']) {
      expect(shown).not.toContain(secret)
      expect(shown).not.toContain(hexOf(secret))
    }
  })
})

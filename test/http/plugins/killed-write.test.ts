import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestService, type TestService } from '../support.ts'

const CHILD = path.join(import.meta.dirname, '../../support/children/killed-after-commit.ts')
/** How often the service is killed; more by hand. */
const KILLS = Number(process.env.KILLS ?? 10)
const AT_ONCE = 3

let service: TestService
let key: string
beforeAll(async () => {
  service = await startTestService()
  key = await service.keyWith('admin')
})
afterAll(() => service.close())

const URL_PATH = '/v1/api-keys'
const payload = { scopes: ['score:read'], actor: 'made once' }

/** @returns how the process ended: it must have been killed, without an answer */
async function writeAndBeKilled(name: string): Promise<{ readonly answered: boolean; readonly signal: unknown }> {
  const child = spawn(process.execPath, [CHILD, service.database.serviceUrl], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [address] = await once(child.stdout, 'data')
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': name }
  const answered = await fetch(`${String(address).trim()}${URL_PATH}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(payload),
  }).then(
    () => true,
    () => false,
  )
  const [, signal] = await ended
  return { answered, signal }
}

async function killOnce(): Promise<void> {
  const name = randomUUID()
  expect(await writeAndBeKilled(name)).toEqual({ answered: false, signal: 'SIGKILL' })
  const { rows } = await service.database.pool.query(
    `select target from audit_entry where status = 201 order by audit_entry_id`,
  )
  const retry = () =>
    service.call({ method: 'POST', url: URL_PATH, payload, key, headers: { 'idempotency-key': name } })
  const first = await retry()
  expect(first.statusCode).toBe(201)
  expect(first.headers['idempotency-replayed']).toBe('true')
  expect(rows.map(({ target }) => target)).toContain(first.json().api_key.key_id)
  expect((await retry()).body).toBe(first.body)
  // The key that nobody has seen yet opens.
  const opened = await service.call({ url: `/v1/accounts/1/score`, key: first.json().key })
  expect(opened.statusCode).toBe(404)
}

describe('a service killed between the commit and the answer', () => {
  it(
    `gives the first answer to the retry, ${KILLS} times of ${KILLS}`,
    async () => {
      for (let done = 0; done < KILLS; done += AT_ONCE) {
        await Promise.all(Array.from({ length: Math.min(AT_ONCE, KILLS - done) }, killOnce))
      }
      const { rows } = await service.database.pool.query(
        `select count(*)::int as keys, (select count(*)::int from audit_entry) as entries
         from api_key where actor = 'made once'`,
      )
      expect(rows[0]).toEqual({ keys: KILLS, entries: KILLS })
    },
    60_000 + KILLS * 5000,
  )
})

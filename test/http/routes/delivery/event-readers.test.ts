import { Agent, get } from 'node:http'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { createApp } from '../../../../src/http/app.ts'
import { appendEvents, lastSequence } from '../../../../src/store/delivery/events.ts'
import type { Database } from '../../../../src/store/database/tables/schema.ts'
import { startTestService, type TestService } from '../../support.ts'

/** `READERS=1500 npm test -- event-readers` for the long version. */
const READERS = Number(process.env['READERS'] ?? 300)
const POLL_MS = 1000

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

it(`${READERS} concurrent readers share the query for the last number, and other requests are answered meanwhile`, async () => {
  const statements: string[] = []
  const { pool, db } = service.database
  const counted = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push(query.sql),
  })
  const app = await createApp({ ...service.services, db: counted })
  const origin = await app.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
  const headers = { authorization: `Bearer ${await service.keyWith('events:read', 'segments:read')}` }
  // A connection each, as 1,500 programs have.
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })
  const ask = (path: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      get(`${origin}${path}`, { headers, agent }, (answer) => {
        let body = ''
        answer.on('data', (chunk) => (body += String(chunk)))
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }))
      }).on('error', reject)
    })
  const after = await lastSequence(db)
  const began = performance.now()
  let isOver = false
  const readers = Array.from({ length: READERS }, () => ask(`/v1/events?after=${after}&wait=30`))
  const others = (async () => {
    const statuses: number[] = []
    while (!isOver) statuses.push((await ask('/v1/segments')).status)
    return statuses
  })()
  // All have a connection and have asked by now, or the last comes to an event that is there.
  await ask(`/v1/events?after=${after}&wait=1`)
  await db.transaction().execute((transaction) =>
    appendEvents(transaction, [
      {
        type: 'model.promoted',
        accountId: null,
        motion: null,
        asOf: '2026-03-01T00:00:00.000000Z' as Instant,
        modelVersion: null,
        actor: null,
        payload: { mark: 'here' },
      },
    ]),
  )
  const answers = await Promise.all(readers)
  const polls = (performance.now() - began) / POLL_MS
  isOver = true
  const statuses = new Set([...answers.map(({ status }) => status), ...(await others)])
  expect([...statuses]).toEqual([200])
  // More than may wait are answered at once, with nothing.
  const told = answers.filter(({ body }) => body.includes('here')).length
  expect(told).toBeGreaterThanOrEqual(Math.min(READERS, 1000))
  const asked = statements.filter((statement) => statement.includes('event_feed')).length
  const pages = statements.filter((statement) => statement.includes('"e"."sequence" >')).length
  console.log(
    `${READERS} readers: ${asked} statements for newest in ${polls.toFixed(1)} polls, ${pages} pages, ${told} told`,
  )
  expect(asked).toBeLessThanOrEqual(10 + polls)
  expect(pages).toBeLessThanOrEqual(10)
  agent.destroy()
  await app.close()
}, 120_000)

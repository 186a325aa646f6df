import { rm } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../src/core/base/random.ts'
import type { Instant } from '../../../src/core/base/time.ts'
import { type OpenDatabase, openDatabase } from '../../../src/store/database/database.ts'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { insertAccount, publishedScore } from '../../support/accounts.ts'
import { PATIENT } from '../../support/patience.ts'
import { makeServerFolder } from '../../support/server/private-folder.ts'
import { killServer, restartServer } from '../../support/server/restart-server.ts'
import { type ServedMain, serveMain } from '../../support/children/serve-main.ts'
import { storeScores } from '../../support/store-scores.ts'
import { until } from '../../support/until.ts'
import { insertChampion } from '../support.ts'

/** `RESTARTS=20 KILLS=20 npm test -- server-restart` for the long version. */
const FAULTS = [
  {
    fault: 'restarted',
    times: Number(process.env['RESTARTS'] ?? 2),
    inflict: async (folder: string, before: number) =>
      await restartServer(folder, before % 2 === 0 ? 'fast' : 'immediate'),
  },
  { fault: 'killed', times: Number(process.env['KILLS'] ?? 3), inflict: killServer },
]
const WRITERS = 4
const ROWS = 5
/** Faults beside these, until a write has met one. */
const MOST_MORE = 20
/** Above every limit of ours that one request can meet, on a busy machine too. */
const HANGS_AFTER_MS = 120_000
const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant

const random = createRandom(`restart ${process.env['SEED'] ?? 1}`)

/** What the clients of a service saw. */
class Seen {
  readonly statuses = new Map<string, number>()
  /** Neither 2xx nor a 503 that says when to come again. */
  readonly wrong = new Set<string>()
  /** Writes that were answered 503 at least once before they were answered 200. */
  retried = 0
  written = 0
  slowestMs = 0

  async note(target: string, asking: Promise<Response>): Promise<number> {
    const started = performance.now()
    try {
      const answer = await asking
      const body = await answer.text()
      const isRight = answer.ok || (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0)
      if (!isRight) this.wrong.add(`${target}: ${answer.status} ${body}`)
      const key = String(answer.status)
      this.statuses.set(key, (this.statuses.get(key) ?? 0) + 1)
      return answer.status
    } catch (error) {
      this.wrong.add(`${target}: ${String(error)}`)
      return 0
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - started)
    }
  }
}

/** @returns how many batches were written */
async function writeUntil(isOver: () => boolean, writer: number, service: ServedMain, seen: Seen): Promise<number> {
  let batches = 0
  for (; !isOver(); batches += 1) {
    const name = `w${writer}-${batches}`
    const rows = Array.from({ length: ROWS }, (_, place) => ({
      source_id: `${name}-${place}`,
      kind: 'visit',
      occurred_at: '2026-03-01T08:00:00Z',
      account_external_id: 'acme',
    }))
    const headers = {
      authorization: `Bearer ${service.firstKey}`,
      'content-type': 'application/json',
      'idempotency-key': name,
    }
    const send = () => {
      const post = { method: 'POST', headers, body: JSON.stringify({ rows }) }
      return seen.note('batch', service.ask('/v1/activities/batch', post, HANGS_AFTER_MS))
    }
    // Clients retry at random times, sooner than Retry-After asks for: the more of them meet the outage, the better.
    let tries = 0
    await until(`${name} is written`, async () => {
      tries += 1
      return (await send()) === 200 || (await wait(50 + random.next() * 100, false))
    })
    seen.written += 1
    if (tries > 1) seen.retried += 1
  }
  return batches
}

async function readUntil(isOver: () => boolean, target: string, service: ServedMain, seen: Seen): Promise<void> {
  const headers = { authorization: `Bearer ${service.firstKey}` }
  while (!isOver()) {
    const status = await seen.note(target, service.ask(target, { headers }, HANGS_AFTER_MS))
    // An outage is answered at once: readers that ask without a pause would take the processor from the server's start.
    await wait(status === 200 ? 5 : 50)
  }
}

async function readyAgain(service: ServedMain): Promise<void> {
  await until('the service is ready', async () => {
    expect(service.end()).toBeUndefined()
    return (await service.ask('/readyz', {}, HANGS_AFTER_MS)).status === 200
  })
}

async function prepare(database: OpenDatabase): Promise<number> {
  const { db } = database
  await insertChampion(database)
  const accountId = await insertAccount(db, 'acme')
  await storeScores(db, AS_OF, [{ accountId, score: publishedScore() }])
  return accountId
}

describe('a service on the embedded database server, under load', () => {
  it.each(FAULTS)(
    'answers 2xx or 503, is ready again soon, and loses and repeats no write when it is $fault $times times',
    async ({ fault, times, inflict }) => {
      const folder = await makeServerFolder()
      const server = await startEmbeddedPostgres({ dataDirectory: folder, durable: true })
      await migrate(server.url)
      const database = openDatabase({ url: server.url, maxConnections: 2, ...PATIENT })
      const account = await prepare(database)
      // It joins the server, and is the only one who may start it again.
      const service = await serveMain('', { DATA_DIRECTORY: folder, RATE_LIMIT_PER_MINUTE: '10000000' })
      await server.stop()
      let isOver = false
      try {
        const seen = new Seen()
        const over = () => isOver
        const writing = Array.from({ length: WRITERS }, (_, writer) => writeUntil(over, writer, service, seen))
        const { rows: clock } = await database.pool.query<{ now: string }>('select now()')
        const asOf = encodeURIComponent(clock[0]?.now ?? '')
        const reading = [
          '/readyz',
          `/v1/accounts/${account}/score?as_of=${asOf}`,
          '/v1/qualified-accounts',
          '/v1/events?after=0',
          '/v1/events?after=2&wait=1',
        ].map((target) => readUntil(over, target, service, seen))
        const readyMs: number[] = []
        const wasMet = () => seen.retried > 0
        for (let before = 0; before < times || (!wasMet() && before < times + MOST_MORE); before += 1) {
          const enough = seen.written + WRITERS + random.integer(10 * WRITERS)
          await until('the writers write on', () => seen.written >= enough)
          const faultAt = performance.now()
          await inflict(folder, before)
          await readyAgain(service)
          readyMs.push(performance.now() - faultAt)
        }
        isOver = true
        const written = await Promise.all(writing)
        await Promise.all(reading)

        expect(service.end()).toBeUndefined()
        expect([...seen.wrong]).toEqual([])
        expect(seen.statuses.get('503') ?? 0).toBeGreaterThan(0)
        const batches = written.reduce((sum, each) => sum + each, 0)
        // Every batch was answered 200 in the end, so there is each of its rows, and each once.
        const { rows } = await database.pool.query(
          `select count(*)::int as rows, count(distinct source_id)::int as keys,
             (select count(*)::int from idempotent_answer) as answers,
             (select count(*)::int from audit_entry where status = 200) as entries
           from activity`,
        )
        expect(rows[0]).toEqual({ rows: batches * ROWS, keys: batches * ROWS, answers: batches, entries: batches })
        expect(seen.retried).toBeGreaterThan(0)
        const statuses = [...seen.statuses].map(([status, count]) => `${count} x ${status}`).join(', ')
        console.info(
          `${fault} ${times} times: ${batches} batches, ${seen.retried} of them retried; ${statuses}; ready after at most ` +
            `${Math.round(Math.max(...readyMs))} ms, slowest answer ${Math.round(seen.slowestMs)} ms`,
        )
      } finally {
        isOver = true
        const last = await startEmbeddedPostgres({ dataDirectory: folder })
        await service.stop()
        await database.close()
        await last.stop()
        await rm(folder, { recursive: true, force: true })
      }
    },
    600_000 + (Number(process.env['RESTARTS'] ?? 0) + Number(process.env['KILLS'] ?? 0)) * 60_000,
  )
})

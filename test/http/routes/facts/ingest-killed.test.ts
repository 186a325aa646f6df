import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import { rematchFacts } from '../../../../src/jobs/facts/rematch-loop.ts'
import { createApiKey } from '../../../../src/store/access/api-keys.ts'
import { RECEIVED_KINDS, type ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { checksums } from '../../../support/server/checksum.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { ingestRows, type Rows } from '../../../support/ingest-rows.ts'
import { drawKillPoint, placeKillPoint } from '../../../support/server/kill-point.ts'

/** `KILLS=50 npm test -- ingest-killed` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 5)
const CHILD = path.join(import.meta.dirname, '../../../support/children/ingest-child.ts')

const random = createRandom(`ingest ${process.env['SEED'] ?? 1}`)
const ACCOUNTS = 150
const rows = ingestRows(random, ACCOUNTS)
const since = new Date(Date.now() - 1000).toISOString()
let clean: Readonly<Record<string, string>>

interface Served {
  readonly database: TestDatabase
  readonly child: ChildProcessByStdio<null, Readable, null>
  readonly send: (kind: ReceivedKind, path: 'batch' | 'stream', payload: string) => Promise<Answer>
}
interface Answer {
  readonly status: number
  readonly body: { readonly received: number; readonly created: number; readonly rejected: number }
}

async function serve(database: TestDatabase): Promise<Served> {
  const { key } = await createApiKey(database.db, { scopes: ['facts:write'], actor: 'test' })
  const child = spawn(process.execPath, [CHILD, database.serviceUrl], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = (await once(child.stdout, 'data')) as [Buffer]
  const send: Served['send'] = async (kind, route, body) => {
    const type = route === 'batch' ? 'application/json' : 'application/x-ndjson'
    const headers = { authorization: `Bearer ${key}`, 'content-type': type }
    const answer = await fetch(`${String(printed).trim()}/v1/${kind}/${route}`, { method: 'POST', headers, body })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
  return { database, child, send }
}

async function stop({ child }: Served): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

const lines = (of: readonly object[] = []) => of.map((row) => JSON.stringify(row)).join('\n')

async function streamAll({ send }: Served): Promise<void> {
  for (const kind of RECEIVED_KINDS) {
    const { status, body } = await send(kind, 'stream', lines(rows[kind]))
    expect([kind, status, body.received, body.rejected]).toEqual([kind, 200, rows[kind]?.length ?? 0, 0])
  }
}

async function tablesOf({ pool }: TestDatabase): Promise<Readonly<Record<string, string>>> {
  await rematchFacts(pool)
  return await checksums(pool, since)
}

async function withService<Result>(use: (served: Served) => Promise<Result>): Promise<Result> {
  const database = await createTestDatabase()
  const served = await serve(database)
  try {
    return await use(served)
  } finally {
    if (served.child.exitCode === null && served.child.signalCode === null) await stop(served)
    await database.drop()
  }
}

beforeAll(async () => {
  await withService(async (served) => {
    await streamAll(served)
    clean = await tablesOf(served.database)
  })
})

describe('a service that is killed while it takes in streams', () => {
  it('stores rows before it is killed', () => {
    expect(Number.parseInt(clean['activity'] ?? '', 10)).toBe(8 * ACCOUNTS)
  })

  it.each(Array.from({ length: KILLS }, (_, index) => [index + 1, random.next()] as const))(
    'has, when all of it is sent again, the tables of one undisturbed run (%i, drawn by %f)',
    async (_, drawn) => {
      await withService(async (served) => {
        const { pool } = served.database
        const point = await placeKillPoint(pool, drawKillPoint(createRandom(String(drawn)), clean))
        const sending = streamAll(served).then(
          () => 'sent',
          () => 'lost',
        )
        await point.reached()
        await stop(served)
        expect(await sending).toBe('lost')
        await point.remove()
        const again = await serve(served.database)
        try {
          await streamAll(again)
          expect(await tablesOf(served.database)).toEqual(clean)
        } finally {
          await stop(again)
        }
      })
    },
  )
})

describe('four writers at once', () => {
  const BATCH = 60
  const batches = Object.entries(rows as Required<Rows>).flatMap(([kind, all]) =>
    Array.from({ length: Math.ceil(all.length / BATCH) }, (_, index) => {
      return { kind: kind as ReceivedKind, rows: all.slice(index * BATCH, (index + 1) * BATCH) }
    }),
  )

  it('leave the same rows as one after the other, in any order', async () => {
    await withService(async ({ send, database }) => {
      const left = [...random.shuffle(batches)]
      const write = async () => {
        for (let batch = left.pop(); batch; batch = left.pop()) {
          const { status, body } = await send(batch.kind, 'batch', JSON.stringify({ rows: batch.rows }))
          expect([status, body.created]).toEqual([200, batch.rows.length])
        }
      }
      await Promise.all([write(), write(), write(), write()])
      // In which order a source's first facts were known is another in each order of batches.
      const { feed_start: _one, ...tables } = await tablesOf(database)
      const { feed_start: _other, ...expected } = clean
      expect(tables).toEqual(expected)
    })
  })

  it('of the same rows store each once', async () => {
    await withService(async ({ send }) => {
      const first = new Map(batches.toReversed().map((batch) => [batch.kind, batch]))
      for (const batch of first.values()) {
        const payload = JSON.stringify({ rows: batch.rows })
        const answers = await Promise.all([1, 2, 3, 4].map(() => send(batch.kind, 'batch', payload)))
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
        expect(answers.reduce((sum, { body }) => sum + body.created, 0)).toBe(batch.rows.length)
      }
    })
  })
})

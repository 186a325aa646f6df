import { execFile } from 'node:child_process'
import { mkdir, rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'
import { makeServerFolder } from '../../support/server/private-folder.ts'
import { until } from '../../support/until.ts'
import { serveMain, type ServedMain } from '../../support/children/serve-main.ts'

const run = promisify(execFile)
const MIB = 1024 ** 2
const DISK_MIB = 260
const GENEROUS_MS = 120_000

let disk: string
beforeEach(async () => {
  disk = await makeServerFolder()
})
afterEach(async () => {
  await run('umount', ['--lazy', disk]).catch(() => undefined)
  await rm(disk, { recursive: true, force: true })
})

/** A small disk of its own. @returns why there is none */
async function mountDisk(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'only root on Linux may mount a small disk'
  return await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m,mode=0755`, 'tmpfs', disk]).then(
    () => undefined,
    (error: unknown) => `this machine mounts no disk: ${String(error)}`,
  )
}

/** Takes what is left, to the last page. */
async function fill(): Promise<string> {
  const file = path.join(disk, 'filler')
  const { bavail, bsize } = await statfs(disk)
  await run('fallocate', ['--length', String(bavail * bsize), file])
  return file
}

async function send(service: ServedMain, name: string, rows: number): Promise<number> {
  const post = {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.firstKey}`,
      'content-type': 'application/json',
      'idempotency-key': name,
    },
    body: JSON.stringify({ rows: Array.from({ length: rows }, (_, place) => rowOf(`${name}-${place}`)) }),
  }
  const answer = await service.ask('/v1/activities/batch', post, 60_000).catch(() => undefined)
  await answer?.text()
  return answer?.status ?? 0
}

function rowOf(sourceId: string) {
  return { source_id: sourceId, kind: 'visit', occurred_at: '2026-03-01T08:00:00Z', account_external_id: 'acme' }
}

describe('an embedded server whose disk is full', () => {
  it(
    'refuses writes, and serves again by itself once there is space, with everything that it acknowledged',
    async ({ skip }) => {
      const reason = await mountDisk()
      if (reason !== undefined) return skip(reason)
      const folder = path.join(disk, 'winrate')
      await mkdir(folder)
      const service = await serveMain('', { DATA_DIRECTORY: folder, RATE_LIMIT_PER_MINUTE: '10000000' })
      try {
        const acknowledged: string[] = []
        expect(await send(service, 'before', 10)).toBe(200)
        acknowledged.push('before')
        const filler = await fill()
        // Pages that exist already take some more.
        const statuses = new Set<number>()
        for (let batch = 0, refused = 0; refused < 5 && batch < 2000; batch += 1) {
          const status = await send(service, `full-${batch}`, 500)
          statuses.add(status)
          if (status === 200) acknowledged.push(`full-${batch}`)
          else refused += 1
        }
        expect([...statuses].filter((status) => status !== 200)).toEqual([503])
        expect((await service.ask('/livez')).status).toBe(200)
        await rm(filler)

        await until('writes are taken again', async () => (await send(service, 'after', 10)) === 200)
        acknowledged.push('after')
        expect(service.end()).toBeUndefined()
        const server = await startEmbeddedPostgres({ dataDirectory: folder })

        const client = new Client({ connectionString: server.url })
        await client.connect()
        const { rows } = await client.query<{ batch: string; rows: number }>(
          `select regexp_replace(source_id, '-[0-9]+$', '') as batch, count(*)::int as rows from activity group by 1`,
        )
        await client.end()
        const stored = new Map(rows.map((row) => [row.batch, row.rows]))
        const sizes = acknowledged.map((name) => [name, name.startsWith('full') ? 500 : 10])
        expect(acknowledged.map((name) => [name, stored.get(name)])).toEqual(sizes)
      } finally {
        const server = await startEmbeddedPostgres({ dataDirectory: folder })
        await service.stop()
        await server.stop()
      }
    },
    10 * GENEROUS_MS,
  )

  it('has a write-ahead log that leaves room', async ({ skip }) => {
    const reason = await mountDisk()
    if (reason !== undefined) return skip(reason)
    const folder = path.join(disk, 'winrate')
    const server = await startEmbeddedPostgres({ dataDirectory: folder })
    try {
      const client = new Client({ connectionString: server.url })
      await client.connect()
      const { rows } = await client.query<{ max: number }>(
        `select pg_size_bytes(current_setting('max_wal_size')) as max`,
      )
      await client.end()
      expect(Number(rows[0]?.max)).toBe(48 * MIB)
    } finally {
      await server.stop()
    }
  })
})

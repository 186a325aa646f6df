import { rm } from 'node:fs/promises'
import { Client } from 'pg'
import { describe, expect, it } from 'vitest'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { makeServerFolder } from '../../support/server/private-folder.ts'
import { serveMain } from '../../support/children/serve-main.ts'
import { startTestService } from '../support.ts'

/** `FAULTS=1000 npm test -- database-faults` for the long version. */
const FAULTS = Number(process.env['FAULTS'] ?? 100)

describe('a service whose database fails', () => {
  it(
    `survives ${FAULTS} terminated backends under requests`,
    async () => {
      const folder = await makeServerFolder()
      const server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false })
      await migrate(server.url)
      const service = await serveMain(server.url)
      try {
        const statuses = new Set<number>()
        let asking = true
        const askers = [1, 2, 3].map(async () => {
          while (asking) statuses.add((await service.ask('/readyz')).status)
        })
        const killer = new Client({ connectionString: server.url })
        await killer.connect()
        let ended = 0
        while (ended < FAULTS) {
          const { rowCount } = await killer.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where pid <> pg_backend_pid() and datname = current_database() and backend_type = 'client backend'`,
          )
          ended += rowCount ?? 0
        }
        await killer.end()
        asking = false
        await Promise.all(askers)
        expect(service.end()).toBeUndefined()
        expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([])
        expect((await service.ask('/readyz')).status).toBe(200)
      } finally {
        await service.stop()
        await server.stop()
        await rm(folder, { recursive: true, force: true })
      }
    },
    300_000 + FAULTS * 1000,
  )

  it('answers 503 soon when every connection is in use, and survives', async () => {
    const service = await startTestService({}, { limits: {} })
    const held = await Promise.all(Array.from({ length: 5 }, () => service.database.pool.connect()))
    try {
      // While they are taken: it does not wait for one of them to be given back.
      expect((await service.call({ url: '/v1/accounts/1/score' })).statusCode).toBe(503)
      expect((await service.call({ url: '/livez', key: null })).statusCode).toBe(200)
    } finally {
      for (const client of held) client.release()
    }
    expect((await service.call({ url: '/v1/accounts/1/score' })).statusCode).toBe(404)
    await service.close()
  })
})

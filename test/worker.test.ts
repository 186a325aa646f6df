import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { versionOf } from '../src/core/scoring/artifact/model-artifact.ts'
import { promote } from '../src/jobs/registry/promote.ts'
import { insertModelVersion } from '../src/store/registry/models.ts'
import { artifactOf } from './core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from './support/server/database.ts'
import { addAccount, at } from './support/facts.ts'

const WORKER = path.join(import.meta.dirname, '../src/worker.ts')
let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

function startWorker(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [WORKER], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DATABASE_URL: database.serviceUrl, ...environment },
  })
  const output = { log: '' }
  child.stderr.on('data', (data) => (output.log += String(data)))
  const exit = once(child, 'close').then(([code]): unknown => code)
  const says = async (text: string) => {
    await expect.poll(() => output.log).toContain(text)
  }
  return { child, output, exit, says }
}

describe('the worker as a process', () => {
  it('is idle without a champion, scores with one, and ends with 0 on a signal', async () => {
    const idle = startWorker()
    await idle.says('no model is in use')
    idle.child.kill('SIGTERM')
    expect(await idle.exit).toBe(0)
    expect(idle.output.log).toContain('worker stopping')

    await addAccount(database.db, 'acme', at('2025-01-01'))
    const artifact = artifactOf()
    await insertModelVersion(database.db, versionOf(artifact), artifact)
    await promote(database.db, versionOf(artifact), { promotedBy: 'test', force: true, reason: 'a test' })
    // One connection is too few: the worker raises the pool to its minimum.
    const working = startWorker({ DATABASE_POOL_SIZE: '1' })
    await working.says('accounts scored')
    working.child.kill('SIGINT')
    expect(await working.exit).toBe(0)
    const { rows } = await database.pool.query('select external_id from account_score')
    expect(rows).toEqual([{ external_id: 'acme' }])
  })

  it('that cannot start prints the reason and ends with 1', async () => {
    const lost = startWorker({ DATABASE_URL: 'mysql://nowhere' })
    expect(await lost.exit).toBe(1)
    expect(lost.output.log).toMatch(/^DATABASE_URL must look like postgres:/)
  })
})

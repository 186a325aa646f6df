// Serves until a write with an Idempotency-Key has been committed, and dies before its answer is sent: URL of the database.
import type { PoolClient } from 'pg'
import { createApp } from '../../../src/http/app.ts'
import { createLogger } from '../../../src/logger.ts'
import { createServices } from '../../../src/services.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = ''] = process.argv.slice(2)
const database = openDatabase({ url, maxConnections: 3, ...PATIENT })
database.pool.on('connect', killAfterCommit)
const logger = createLogger('silent')
const app = await createApp(await createServices({ db: database.db, pool: database.pool, logger }))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)

/** The driver's own answer to COMMIT is the last that the process sees. */
function killAfterCommit(client: PoolClient): void {
  const query = client.query.bind(client) as (...given: unknown[]) => Promise<unknown>
  let keepsAnswer = false
  const watched = async (...given: unknown[]) => {
    const text = typeof given[0] === 'string' ? given[0] : ''
    if (text.includes('insert into "idempotent_answer"')) keepsAnswer = true
    const result = await query(...given)
    if (keepsAnswer && text === 'commit') process.kill(process.pid, 'SIGKILL')
    return result
  }
  Object.assign(client, { query: watched })
}

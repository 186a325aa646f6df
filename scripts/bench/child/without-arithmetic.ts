// The service with a precomputed score of an inline account: the route without the scoring.
// `without-arithmetic.ts <url of the database>`
import type { PublishedScore } from '../../../src/core/scoring/published-score.ts'
import { scoreInline } from '../../../src/jobs/scoring/score.ts'
import { createLogger } from '../../../src/logger.ts'
import { createService } from '../../../src/services.ts'
import { openDatabase } from '../../../src/store/database/database.ts'

const database = openDatabase({ url: process.argv[2] ?? '', maxConnections: 10, statementTimeoutMs: 10_000 })
let made: PublishedScore | undefined
const app = await createService(
  { db: database.db, pool: database.pool, logger: createLogger('silent') },
  {
    limits: { requestsPerMinute: 10_000_000, failedKeysPerMinute: 60 },
    scoreInline: (champion, account, asOf) => (made ??= scoreInline(champion, account, asOf)),
  },
)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('SIGTERM', () => void app.close().then(() => database.close()))

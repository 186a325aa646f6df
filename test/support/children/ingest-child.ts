// Serves until it is killed, and prints where: URL of the database.
import { createApp } from '../../../src/http/app.ts'
import { createLogger } from '../../../src/logger.ts'
import { createServices } from '../../../src/services.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = ''] = process.argv.slice(2)
const { db, pool } = openDatabase({ url, maxConnections: 6, ...PATIENT })
const app = await createApp(await createServices({ db, pool, logger: createLogger('silent') }))
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)

// Delivers webhooks until it is killed: URL of the database, places on this machine that are allowed.
import { keepDelivering } from '../../src/jobs/deliver.ts'
import { keepSequenced } from '../../src/jobs/sequence-events.ts'
import { openDatabase } from '../../src/store/database.ts'

const [url = '', ...places] = process.argv.slice(2)
const { db } = openDatabase({ url, maxConnections: 6, statementTimeoutMs: 30_000 })
const { signal } = new AbortController()
const onFailure = (error: unknown) => console.error(error)
process.stdout.write('started\n')
await Promise.all([
  keepSequenced(db, { pollMs: 20, signal, onFailure }),
  keepDelivering(db, {
    pollMs: 20,
    timeoutMs: 700,
    leaseMs: 1000,
    rules: { ports: [443], loopback: places },
    signal,
    onAttempt: () => undefined,
    onFailure,
  }),
])

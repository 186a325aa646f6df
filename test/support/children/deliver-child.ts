// Delivers webhooks until it is killed: URL of the database, places on this machine that are allowed.
import { deliveryLoop } from '../../../src/jobs/delivery/deliver-webhooks.ts'
import { sequenceLoop } from '../../../src/jobs/delivery/sequence-events.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = '', ...places] = process.argv.slice(2)
const { db } = openDatabase({ url, maxConnections: 6, ...PATIENT })
const { signal } = new AbortController()
const onFailure = (error: unknown) => console.error(error)
process.stdout.write('started\n')
await Promise.all([
  sequenceLoop(db, { pollMs: 20, signal, onFailure }),
  deliveryLoop(db, {
    pollMs: 20,
    // What a killed one had in hand is due again when the test says that its leases are over.
    timeoutMs: 1_800_000,
    leaseMs: 3_600_000,
    rules: { ports: [443], loopback: places },
    signal,
    onAttempt: () => undefined,
    onFailure,
  }),
])

// Writes to a stand-in of HubSpot until it is killed: URL of the database, origin of the stand-in, a name for its connections.
import { setTimeout as wait } from 'node:timers/promises'
import { loadConfig } from '../../../src/config.ts'
import { accessOf } from '../../../src/jobs/delivery/write-back/access.ts'
import { loadMapping } from '../../../src/jobs/delivery/write-back/load-mapping.ts'
import { writeBack } from '../../../src/jobs/delivery/write-back/write-back.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = '', origin = '', applicationName = ''] = process.argv.slice(2)
const { db } = openDatabase({ url, maxConnections: 3, ...PATIENT, applicationName })
const config = loadConfig({ HUBSPOT_URL: origin, HUBSPOT_ACCESS_TOKEN: 'secret-token' })
const access = accessOf('hubspot', config.writeBack)
const mapping = loadMapping('hubspot')
const { signal } = new AbortController()
process.stdout.write('started\n')
for (;;) {
  await writeBack(db, { name: 'hubspot', mapping, access, signal, paceMs: 0 })
  await wait(10)
}

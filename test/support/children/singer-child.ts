// Imports the messages of a Singer tap from standard input in a process of its own, so that a test can kill it: URL.
import { importSinger } from '../../../src/jobs/facts/import/sources/singer/import-singer.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = ''] = process.argv.slice(2)
const database = openDatabase({ url, maxConnections: 2, ...PATIENT })
const summary = await importSinger(database.pool, process.stdin, {
  by: { preset: undefined },
  commitRecords: 600,
  batchRows: 200,
  onState: (value) => console.log(value),
})
await database.close()
if (summary.broken !== undefined) {
  console.error(summary.broken)
  process.exitCode = 1
}

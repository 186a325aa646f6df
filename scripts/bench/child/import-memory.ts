// A process of its own, so that its memory is the import's: `import-memory.ts <url> <file>`.
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { openDatabase } from '../../../src/store/database/database.ts'

const [url = '', file = ''] = process.argv.slice(2)
const database = openDatabase({ url, maxConnections: 2, statementTimeoutMs: 3_600_000 })
await database.pool.query('select 1')
const idleBytes = process.memoryUsage.rss()
const start = performance.now()
await importFiles(database.pool, { kind: 'activities', files: [file], rejectsFile: `${file}.rejects` })
const seconds = (performance.now() - start) / 1000
const peakBytes = process.resourceUsage().maxRSS * 1024
await database.close()
console.log(JSON.stringify({ idleBytes, peakBytes, seconds }))

// Imports files one after another in a process of its own, so that a test can kill it: URL, folder, then kind:file …
import path from 'node:path'
import type { ImportKind } from '../../../src/core/facts/import/kinds.ts'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { openDatabase } from '../../../src/store/database/database.ts'
import { PATIENT } from '../patience.ts'

const [url = '', folder = '', ...files] = process.argv.slice(2)
const database = openDatabase({ url, maxConnections: 2, ...PATIENT })
for (const entry of files) {
  const [kind, file = ''] = entry.split(':')
  const target = path.join(folder, file)
  const options = { kind: kind as ImportKind, files: [target], rejectsFile: `${target}.rejects`, batchRows: 200 }
  await importFiles(database.pool, options)
}
await database.close()

// Imports a file of every kind at the same time, in one process: URL, folder, rows of a batch, and after how many written batches it kills
// itself (0: never). So every import but the one that counts is somewhere in its work when it dies.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import type { ImportKind } from '../../../src/core/facts/import/kinds.ts'
import { importFiles } from '../../../src/jobs/facts/import/import.ts'
import { openDatabase } from '../../../src/store/database/database.ts'

const [url = '', folder = '', batchRows = '', lastBatch = '0'] = process.argv.slice(2)
const files = (await readdir(folder)).filter((file) => file.endsWith('.csv'))
const database = openDatabase({ url, maxConnections: files.length, statementTimeoutMs: 60_000 })
let batches = 0
await Promise.all(
  files.map((file) =>
    importFiles(database.pool, {
      kind: path.basename(file, '.csv') as ImportKind,
      files: [path.join(folder, file)],
      batchRows: Number(batchRows),
      onProgress: () => {
        batches += 1
        if (batches === Number(lastBatch)) process.kill(process.pid, 'SIGKILL')
      },
    }),
  ),
)
await database.close()
console.log(batches)

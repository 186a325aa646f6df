import path from 'node:path'
import type { Pool } from 'pg'
import { tooManyRejected } from '../../src/core/facts/import/too-many-rejected.ts'
import { SIMULATED_KINDS } from '../../src/simulation/export/simulated-kinds.ts'
import { AppError } from '../../src/errors.ts'
import { importFiles } from '../../src/jobs/facts/import/import.ts'

/** Imports the folder that `npx winrate simulate` wrote. */
export async function importSimulated(pool: Pool, folder: string): Promise<void> {
  for (const kind of SIMULATED_KINDS) {
    const { counts } = await importFiles(pool, { kind, files: [path.join(folder, `${kind}.csv`)] })
    if (tooManyRejected(counts))
      throw new AppError('ImportRefused', `${kind}: ${counts.rejected} of ${counts.read} rows were rejected`)
    console.log(`${kind}: ${counts.read} read, ${counts.rejected} rejected`)
  }
}

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach } from 'vitest'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

export const PATIENCE = { timeout: 180_000 }

/** `winrate import` in an empty folder and database for each test of the file that calls this. */
export function folderCases() {
  let database: TestDatabase
  let folder: string
  beforeEach(async () => {
    database = await createTestDatabase()
    folder = await mkdtemp(path.join(tmpdir(), 'winrate-folder-'))
    return async () => {
      await rm(folder, { recursive: true })
      await database.drop()
    }
  })
  return {
    database: () => database,
    folder: () => folder,
    run: (...args: string[]) => runScriptFile(database, 'scripts/data-team/import.ts', args, { cwd: folder }),
    write: async (files: Readonly<Record<string, string>>): Promise<void> => {
      for (const [file, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, file)), { recursive: true })
        await writeFile(path.join(folder, file), text)
      }
    },
  }
}

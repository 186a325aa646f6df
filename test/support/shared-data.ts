import { existsSync } from 'node:fs'
import path from 'node:path'

/** Data that are not part of this repository. */
const FOLDER = process.env['WINRATE_DATA'] ?? path.join(import.meta.dirname, '../../../shared/data')
const isRequired = process.env['TEST_GOLDENS_REQUIRED'] === '1'

export interface SharedFile {
  readonly path: string
  readonly isPresent: boolean
}

/**
 * A file of the shared data. Tests that need it are skipped without it.
 * @throws Error when TEST_GOLDENS_REQUIRED=1 and the file is missing
 */
export function sharedFile(name: string): SharedFile {
  const file = path.join(FOLDER, name)
  const isPresent = existsSync(file)
  if (!isPresent && isRequired)
    throw new Error(
      `there is no ${file}, and TEST_GOLDENS_REQUIRED=1 needs it: WINRATE_DATA names the folder of the data`,
    )
  if (!isPresent) console.warn(`skipped: there is no ${file} (WINRATE_DATA names the folder of the data)`)
  return { path: file, isPresent }
}

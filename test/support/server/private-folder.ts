import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Root's server runs as nobody, who cannot enter a temporary folder under root's home. */
export const parentFolder = process.getuid?.() === 0 ? '/var/tmp' : tmpdir()

/** The name carries our pid, so that a later run can tell what a killed one left behind. */
export const FOLDER_PREFIX = 'winrate-test-'

/** A new folder for a database server of a test; the caller removes it. */
export async function makeServerFolder(): Promise<string> {
  return await mkdtemp(path.join(parentFolder, `${FOLDER_PREFIX}${process.pid}-`))
}

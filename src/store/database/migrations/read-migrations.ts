import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../../errors.ts'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  readonly sha256: string
}

export const OUR_MIGRATIONS = fileURLToPath(new URL('../../../../migrations', import.meta.url))
const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/

/** @throws AppError MigrationRefused on a file name unlike `0001_name.sql`, on gaps and on duplicates */
export async function readMigrations(directory: string = OUR_MIGRATIONS): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  return await Promise.all(
    names.map(async (name, index) => {
      const match = FILE_NAME.exec(name)
      if (!match) throw refused(`migration ${name} is not named like 0001_what_it_does.sql`)
      const number = Number(match[1])
      if (number !== index + 1) throw refused(`migration ${name} stands where number ${index + 1} should`)
      // A checkout on Windows may have other line ends, which is no change of the migration.
      const sql = (await readFile(path.join(directory, name), 'utf8')).replaceAll('\r\n', '\n')
      return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

export function refused(message: string): AppError {
  return new AppError('MigrationRefused', message)
}

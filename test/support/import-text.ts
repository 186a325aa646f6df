import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import type { ImportKind } from '../../src/core/facts/import/kinds.ts'
import { parseMapping } from '../../src/core/facts/import/reading/parse-mapping.ts'
import { importFiles, type ImportOptions, type ImportSummary } from '../../src/jobs/facts/import/import.ts'
import type { TestDatabase } from './server/database.ts'

export interface ImportTextOptions extends Partial<Omit<ImportOptions, 'kind' | 'files' | 'mapping'>> {
  /** As in a mapping file. */
  readonly mapping?: object
  readonly gzip?: boolean
}

/** Imports CSV text; its rejects file lies beside it. */
export async function importText(
  { pool }: Pick<TestDatabase, 'pool'>,
  kind: ImportKind,
  csv: string | Buffer,
  { mapping: json, gzip = false, ...options }: ImportTextOptions = {},
): Promise<ImportSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'winrate-import-'))
  const file = join(folder, 'rows.csv')
  await writeFile(file, gzip ? gzipSync(csv) : csv)
  const parsed = json === undefined ? undefined : parseMapping(json)
  if (parsed?.kind === 'refused') throw new Error(parsed.problems.join('\n'))
  return await importFiles(pool, {
    kind,
    files: [file],
    mapping: parsed?.mapping,
    rejectsFile: join(folder, 'rejects.csv'),
    ...options,
  })
}

/** Rows of a query, for `toEqual`. */
export async function rowsOf({ pool }: Pick<TestDatabase, 'pool'>, query: string): Promise<unknown[]> {
  const { rows } = await pool.query<Record<string, unknown>>(query)
  return rows
}

/** A rejects file, row by row. */
export async function rejectsOf(file: string): Promise<readonly Readonly<Record<string, string>>[]> {
  return parse(await readFile(file, 'utf8'), { columns: true })
}

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { importFiles, type ImportSummary } from '../../../../../src/jobs/facts/import/import.ts'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { rejectsOf } from '../../../../support/import-text.ts'
import type { TestDatabase } from '../../../../support/server/database.ts'

export type Row = Readonly<Record<string, unknown>>

/** Imports a file by a preset as `--preset` does. `beside` are other files of its folder, by name. */
export async function importByPreset(
  { pool }: Pick<TestDatabase, 'pool'>,
  preset: string,
  text: string,
  {
    fileName = 'rows.csv',
    beside = {},
    currency,
  }: { fileName?: string; beside?: Readonly<Record<string, string>>; currency?: string } = {},
): Promise<ImportSummary> {
  const folder = await mkdtemp(path.join(tmpdir(), 'winrate-preset-'))
  await mkdir(folder, { recursive: true })
  const file = path.join(folder, fileName)
  for (const [name, content] of Object.entries({ ...beside, [fileName]: text }))
    await writeFile(path.join(folder, name), content)
  const mapping = findPreset(preset, undefined)
  const rejectsFile = path.join(folder, 'rejects.csv')
  const summary = await importFiles(pool, {
    kind: mapping.kind,
    files: [file],
    mapping: currency === undefined ? mapping : { ...mapping, currency },
    isPreset: true,
    rejectsFile,
  })
  if (summary.rejectsFiles.length > 0) {
    const rejected = await rejectsOf(rejectsFile)
    throw new Error(`${preset} rejects ${JSON.stringify(rejected)}`)
  }
  return summary
}

/** Rows as CSV: the columns are the keys of the first. */
export function csvOf(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  const cell = (value: unknown) => `"${textOf(value ?? '').replaceAll('"', '""')}"`
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => `${cells.map(cell).join(',')}\n`)
    .join('')
}

export function jsonLinesOf(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

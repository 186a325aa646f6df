import { readFile } from 'node:fs/promises'
import type { ImportSummary } from '../../../../../src/jobs/facts/import/import.ts'
import type { TestDatabase } from '../../../../support/server/database.ts'
import { rowsOf } from '../../../../support/import-text.ts'

export const HEADER = 'month,channel,amount,currency'

/** `line reason` of each rejected row, in the order of lines. */
export async function rejectedLines({ rejectsFiles }: ImportSummary): Promise<string[]> {
  const text = await readFile(rejectsFiles[0] ?? '', 'utf8')
  const lines = [...text.matchAll(/^[^\n]*?\.(?:csv|jsonl),(\d+),(?:[^,\n]*),(?:"(?:[^"]|"")*"|[^,\n]*),(\w+),/gm)]
  return lines.map((match) => `${match[1]} ${match[2]}`).toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))
}

export async function channelsOf(database: Pick<TestDatabase, 'pool'>): Promise<string[]> {
  const rows = await rowsOf(database, 'select channel from spend order by channel')
  return rows.map((row) => (row as { channel: string }).channel)
}

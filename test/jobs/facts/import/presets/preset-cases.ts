import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { importFiles } from '../../../../../src/jobs/facts/import/import.ts'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { rowsOf } from '../../../../support/import-text.ts'
import { runScriptFile } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

export const TIMEOUT = { timeout: 180_000 }

/** Files as they are exported, in an empty database and folder for each test of the file that calls this. */
export function presetCases() {
  let database: TestDatabase
  let folder: string
  beforeAll(async () => {
    database = await createTestDatabase()
  })
  afterAll(() => database.drop())
  beforeEach(async () => {
    await database.pool.query('truncate account, contact, opportunity, activity cascade')
    folder = await mkdtemp(path.join(tmpdir(), 'winrate-cases-'))
    return () => rm(folder, { recursive: true })
  })
  const write = async (name: string, text: string) => {
    await writeFile(path.join(folder, name), text)
    return path.join(folder, name)
  }
  const fileOf = (preset: string, text: string) =>
    write(`${path.basename(preset)}.${text.startsWith('{') ? 'jsonl' : 'csv'}`, text)
  return {
    write,
    rows: (query: string) => rowsOf(database, query),
    /** The newest version of each opportunity. */
    deals: () =>
      rowsOf(
        database,
        `select distinct on (o.external_id) o.external_id as id, a.external_id as account, v.outcome, left(v.closed_at::text, 10) as closed, v.amount::float8 as amount, v.currency, v.deleted
         from opportunity o join opportunity_version v using (opportunity_id) left join account a on a.account_id = o.account_id
         order by o.external_id, v.known_at desc`,
      ),
    query: (text: string) => database.pool.query(text),
    /** As the command does it, which is started for the first of each kind of case. */
    run: async (preset: string, text: string, { currency }: { readonly currency?: string } = {}) => {
      const mapping = findPreset(preset, undefined)
      return await importFiles(database.pool, {
        kind: mapping.kind,
        files: [await fileOf(preset, text)],
        mapping: { ...mapping, ...(currency !== undefined && { currency }) },
        isPreset: true,
        rejectsFile: path.join(folder, 'rejects.csv'),
      })
    },
    command: async (preset: string, text: string, ...options: readonly string[]) => {
      const [system = '', kind = ''] = preset.split('/')
      const args = ['--preset', system, '--kind', kind, ...options, '--json', await fileOf(preset, text)]
      const { code, stdout, stderr } = await runScriptFile(database, 'scripts/data-team/import.ts', args, {
        cwd: folder,
      })
      return { code, stderr, counts: stdout === '' ? undefined : JSON.parse(stdout).counts }
    },
  }
}

export const COMPANIES =
  'Record ID,Company name,Company Domain Name,Create Date\n9201,Fir Works,firworks.example.com,2023-01-10 09:30\n'
export const PEOPLE = `Record ID,First Name,Last Name,Email,Associated Company IDs (Primary),Create Date
71,Ana,One,ana@firworks.example.com,9201,2023-01-11 10:00
72,Bo,Two,bo@firworks.example.com,9201,2023-01-11 10:00
73,Cy,Three,cy@firworks.example.com,9201,2023-01-11 10:00
`

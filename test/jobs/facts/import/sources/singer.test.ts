import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { rowsOf } from '../../../../support/import-text.ts'
import type { ScriptRun } from '../../../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

const PATIENCE = { timeout: 180_000 }
const SCRIPT = path.join(import.meta.dirname, '../../../../../scripts/data-team/import.ts')

let database: TestDatabase
let folder: string
beforeEach(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-singer-'))
  return async () => {
    await rm(folder, { recursive: true })
    await database.drop()
  }
})

/** A tap's output goes in on standard input. */
async function tap(text: string, ...args: string[]): Promise<ScriptRun> {
  const child = spawn(process.execPath, [SCRIPT, '--singer', ...args], {
    cwd: folder,
    env: { ...process.env, DATABASE_URL: database.url },
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => (output.stdout += String(data)))
  child.stderr.on('data', (data) => (output.stderr += String(data)))
  // The command may end before it has read everything.
  child.stdin.on('error', () => undefined)
  child.stdin.end(text)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

const lines = (...messages: object[]) => messages.map((message) => `${JSON.stringify(message)}\n`).join('')
const schema = (stream: string) => ({ type: 'SCHEMA', stream, schema: { properties: {} }, key_properties: ['id'] })
const record = (stream: string, own: object) => ({ type: 'RECORD', stream, record: own })
const state = (value: object) => ({ type: 'STATE', value })
const ids = () => rowsOf(database, 'select external_id from account order by external_id')

describe('the messages of a tap', () => {
  it(
    'find their presets by the names of their streams, and STATE comes out after they are stored',
    PATIENCE,
    async () => {
      const text = lines(
        schema('deals'),
        record('deals', {
          id: '7',
          associations: { companies: { results: [{ id: '1' }] } },
          properties: {
            dealname: 'Big',
            createdate: '2024-01-05T00:00:00Z',
            hs_is_closed: 'false',
            hs_is_closed_won: 'false',
          },
        }),
        schema('companies'),
        record('companies', { id: '1', properties: { name: 'Acme', domain: 'acme.example' } }),
        schema('owners'),
        record('owners', { id: '5' }),
        record('owners', { id: '6' }),
        state({ bookmarks: { deals: 1 } }),
        state({ bookmarks: { deals: 2 } }),
        { type: 'ACTIVATE_VERSION', stream: 'companies', version: 3 },
      )
      const { code, stdout, stderr } = await tap(text, '--preset', 'hubspot')
      expect({ code, stdout }).toEqual({ code: 0, stdout: '{"bookmarks":{"deals":2}}\n' })
      expect(stderr).toContain('deals: opportunities: 1 row read = 1 inserted')
      expect(stderr).toContain('companies: accounts: 1 row read = 1 inserted')
      expect(stderr).toContain('owners: passed over, 2 records: hubspot has no preset of this name')
      expect(stderr).toContain('sent as full tables: companies; what they no longer hold stays')
      expect(await ids()).toEqual([{ external_id: '1' }])
    },
  )

  it('give STATE back to the letter', PATIENCE, async () => {
    const value = '{"bookmarks": {"a": {"id": 12345678901234567890, "share": 1.50}}}'
    const { stdout } = await tap(
      `${lines(schema('accounts'))}{"type": "STATE", "value": ${value}}`,
      '--preset',
      'generic',
    )
    expect(stdout).toBe(`${value}\n`)
  })

  it('take a row back by _sdc_deleted_at, and its other additions are no columns', PATIENCE, async () => {
    const row = { external_id: 'A1', name: 'Acme', _sdc_extracted_at: '2024-01-01T00:00:00Z', _sdc_deleted_at: null }
    await tap(lines(schema('accounts'), record('accounts', row)), '--kind', 'accounts')
    const deleted = { external_id: 'A1', _sdc_deleted_at: '2024-02-01T00:00:00Z' }
    const { code } = await tap(lines(schema('accounts'), record('accounts', deleted)), '--kind', 'accounts')
    expect(code).toBe(0)
    expect(await rowsOf(database, 'select deleted from account_version order by known_at')).toEqual([
      { deleted: false },
      { deleted: true },
    ])
  })

  it('that are rejected are listed by their lines in the stream', PATIENCE, async () => {
    const text = lines(
      schema('accounts'),
      state({}),
      record('accounts', { external_id: 'A1' }),
      record('accounts', { external_id: '' }),
    )
    const { code, stderr } = await tap(text, '--kind', 'accounts', '--max-rejected', '50%')
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('rejected missing_value: 1') })
    const [file = ''] = await readdir(path.join(folder, 'rejects'))
    expect(await readFile(path.join(folder, 'rejects', file), 'utf8')).toContain('accounts.3-4,4,external_id')
  })

  it('of several streams are refused where one mapping is given', PATIENCE, async () => {
    const { code, stderr } = await tap(lines(schema('accounts'), schema('contacts')), '--kind', 'accounts')
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^the tap sends several streams \(accounts, contacts\)/),
    })
  })
})

/** Of PyPI: `pip install tap-csv-folder`, in an environment of its own whose bin is in the PATH. */
const TAP = 'tap-csv-folder'
const hasTap = spawnSync(TAP, ['--version']).status === 0

describe.skipIf(!hasTap)(`a real tap (skipped where ${TAP} is not in the PATH)`, () => {
  it('of a folder of CSV files brings its rows, and a second run says nothing new', PATIENCE, async () => {
    const write = (file: string, text: string) => writeFile(path.join(folder, file), text)
    await write('accounts.csv', 'external_id,name,domain,employees\nA1,Acme,acme.example,120\nA2,Beta,beta.example,\n')
    await write('contacts.csv', 'external_id,account_external_id,email,name\nC1,A1,ann@acme.example,Ann\n')
    await write(
      'opportunities.csv',
      'external_id,account_external_id,outcome,opened_at,closed_at,amount,currency\nO1,A1,won,2024-03-01,2024-04-01,1200.50,EUR\n',
    )
    const config = { filesystem: 'local', path: folder, read_mode: 'one_stream_per_file', stream_name: 'files' }
    await mkdir(path.join(folder, 'config'))
    await write('config/config.json', JSON.stringify(config))
    const { stdout: messages } = spawnSync(TAP, ['--config', path.join(folder, 'config/config.json')], {
      encoding: 'utf8',
    })
    const first = await tap(messages, '--preset', 'generic')
    expect(first.code, first.stderr).toBe(0)
    // The state is that of the tap, for its next run.
    expect(JSON.parse(first.stdout.trim().split('\n').at(-1) ?? '')).toHaveProperty('bookmarks.contacts')
    expect(await ids()).toEqual([{ external_id: 'A1' }, { external_id: 'A2' }])
    expect(await rowsOf(database, "select amount::text from opportunity_version where outcome = 'won'")).toEqual([
      { amount: '1200.5000' },
    ])
    expect((await tap(messages, '--preset', 'generic')).stderr).toContain(
      'accounts: accounts: 2 rows read = 0 inserted',
    )
  })
})

describe('a stream that breaks', () => {
  const many = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => record('accounts', { external_id: `A${from + index}` }))
  const good = lines(schema('accounts'), ...many(0, 10_000), state({ at: 10_000 }), ...many(10_000, 10_005))

  it.each([
    [
      'half a line',
      '{"type": "RECORD", "stream": "acc',
      /\nline 10008: not a whole JSON object: the tap ended, or was ended, in the middle of it; 5 records before it were not stored: the next run brings them again\n$/,
    ],
    [
      'a record before its schema',
      lines(record('contacts', { id: 1 })),
      /\nline 10008: RECORD of contacts comes before its SCHEMA; 5 records/,
    ],
    [
      'records in files of their own',
      lines({ type: 'BATCH', stream: 'accounts', manifest: ['file://x.jsonl.gz'] }),
      /\nline 10008: BATCH: the tap writes its records into files of its own instead: switch its batch_config off; 5 records/,
    ],
    [
      'something else',
      lines({ type: 'HELLO' }),
      /\nline 10008: expected SCHEMA, RECORD, STATE or ACTIVATE_VERSION, got "HELLO"; 5 records/,
    ],
  ])(
    'by %s names the line, keeps what was committed, and goes on when it is sent again',
    PATIENCE,
    async (_, rest, message) => {
      const broken = await tap(good + rest, '--preset', 'generic')
      expect(broken).toEqual({ code: 1, stdout: '{"at":10000}\n', stderr: expect.stringMatching(message) })
      expect(await rowsOf(database, 'select count(*)::int as accounts from account')).toEqual([{ accounts: 10_000 }])
      const whole = await tap(good + lines(state({ at: 10_005 })), '--preset', 'generic')
      expect(whole).toMatchObject({ code: 0, stdout: '{"at":10000}\n{"at":10005}\n' })
      expect(whole.stderr).toContain('10005 rows read = 5 inserted + 0 updated + 10000 unchanged')
    },
  )
})

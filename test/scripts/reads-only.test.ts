import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FuzzedService, startFuzzedService } from '../../scripts/fuzz/service.ts'
import { addMonths, dayOf, firstOfMonth, instantOfEpochMs, startOfDay } from '../../src/core/base/time.ts'
import { checkedTraining } from '../../src/jobs/training/train-with-audit.ts'
import { loadModel } from '../../src/jobs/registry/champion.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { promote } from '../../src/jobs/registry/promote.ts'
import { scoreEverybody } from '../../src/jobs/scoring/score.ts'
import { sequenceEvents } from '../../src/store/delivery/events.ts'
import { SCRIPT_FILES, scriptFile } from '../support/script-file.ts'
import { createTestDatabase, type TestDatabase } from '../support/server/database.ts'
import { importSimulatedCompany } from '../support/simulated-company.ts'

const ROOT = path.join(import.meta.dirname, '../..')
/** Scripts that write to the database, and the time machine, whose copies are temporary tables. */
const WRITING = [
  'api-key',
  'backtest',
  'import',
  'merge',
  'migrate',
  'rollback',
  'score',
  'time-machine',
  'train',
  'write-back',
]
/** They write with some options only. */
const EITHER = ['promote', 'unmatched']

const end = instantOfEpochMs(Date.now())
const since = startOfDay(addMonths(firstOfMonth(dayOf(end)), -8))
let database: TestDatabase
let service: FuzzedService
let folder: string
let version: string
let account: { id: number; externalId: string }

beforeAll(async () => {
  database = await createTestDatabase()
  await importSimulatedCompany(database.pool, { accounts: 400, months: 30, end: dayOf(end), seed: 3 })
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-reads-only-'))
  await cp(path.join(ROOT, 'models'), folder, { recursive: true })
  for (const name of ['win.json', 'win-open.json', 'in-market.json']) await easeTraining(path.join(folder, name))
  const { outcome } = await checkedTraining(database.db, loadSpecification(folder), end)
  if (outcome.kind !== 'trained') throw new Error(JSON.stringify(outcome))
  version = outcome.version
  await promote(database.db, version, { promotedBy: 'test', force: true, reason: 'test' })
  await scoreEverybody(database.db, await loadModel(database.db, version), end)
  const { rows } = await database.pool.query(
    `select account_id as id, external_id as "externalId" from account_score
     order by qualified_probability desc nulls last limit 1`,
  )
  account = rows[0]
  // A reader of the feed numbers what has been committed and has no number yet.
  await sequenceEvents(database.db)
  service = await startFuzzedService(database)
}, 240_000)
afterAll(async () => {
  await service?.close()
  await database?.drop()
  await rm(folder, { recursive: true, force: true })
})

/** So that a company of a few hundred accounts is enough to learn from. */
async function easeTraining(file: string): Promise<void> {
  const model = JSON.parse(await readFile(file, 'utf8'))
  model.training = { ...model.training, minimum_won: 5, minimum_lost: 5, penalties: [10] }
  await writeFile(file, JSON.stringify(model))
}

/**
 * By table, how many rows there are and a sum that every insert, update and deletion changes. Every
 * request notes when its key was used.
 */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name
     from pg_tables where schemaname = 'public' and tablename <> 'api_key' order by 1`,
  )
  const counted: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await database.pool.query(
      `select count(*) as rows, sum(t.xmin::text::bigint) as written from ${name} t`,
    )
    counted[name] = `${rows[0].rows} rows, ${rows[0].written}`
  }
  return counted
}

describe('contents', () => {
  it('sees an update as well as one more row', async () => {
    const before = await contents()
    expect(Object.keys(before).length).toBeGreaterThan(40)
    await database.pool.query(`update model_version set findings = findings where version = $1`, [version])
    expect(await contents()).not.toEqual(before)
  })
})

describe('a script that only reads', () => {
  const run = async (script: string, args: readonly string[]) => {
    const env = { ...process.env, DATABASE_URL: database.url, LOG_LEVEL: 'warn' }
    const done = promisify(execFile)(process.execPath, [scriptFile(script), ...args], { cwd: ROOT, env })
    return await done.then(
      ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
      (failed: { code: number; stdout: string; stderr: string }) => failed,
    )
  }
  const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
    'explain an account': () => ['explain', account.externalId, '--since', since],
    'explain a past score': () => ['explain', account.externalId, '--as-of', end],
    init: () => ['init', '--models', path.join(folder, 'own'), '--mql-rule', 'none'],
    grid: () => ['grid', '--specification', folder, '--since', since, '--as-of', end],
    icp: () => ['icp'],
    models: () => ['models'],
    'playbook of an account': () => ['playbook', account.externalId],
    'playbook --check': () => ['playbook', '--check'],
    'promote --dry-run': () => ['promote', version, '--dry-run'],
    readiness: () => ['readiness', '--specification', folder, '--as-of', end],
    'time-machine': () => ['time-machine', '--specification', folder, '--pairs', '20', '--as-of', end],
    'titles --unknown': () => ['titles', '--unknown'],
    unmatched: () => ['unmatched'],
  }

  it.each(Object.keys(COMMANDS))('%s leaves every table as it was', { timeout: 120_000 }, async (name) => {
    const [script = '', ...args] = COMMANDS[name]?.() ?? []
    const before = await contents()
    const { code, stdout, stderr } = await run(script, args)
    expect([code, stderr.match(/error|read-only/i)?.[0]], stderr).toEqual([0, undefined])
    expect(stdout).not.toBe('')
    expect(await contents()).toEqual(before)
  })

  it('opens the database read-only, and every script that opens it is known to read or to write', async () => {
    const scripts: string[] = []
    const readOnly: string[] = []
    for (const [name, file] of [...SCRIPT_FILES].toSorted()) {
      const text = await readFile(path.join(ROOT, file), 'utf8')
      if (/\bwithDatabase\(/.test(text)) scripts.push(name)
      if (text.includes('readOnly:')) readOnly.push(name)
    }
    expect(readOnly).toEqual(scripts.filter((name) => !WRITING.includes(name)))
    const played = new Set(Object.values(COMMANDS).map((command) => command()[0]))
    expect(readOnly.filter((name) => !played.has(name))).toEqual([])
    expect(EITHER.every((name) => readOnly.includes(name))).toBe(true)
  })
})

describe('a route that only reads', () => {
  /** What is in the database, by the name of the parameter and the beginning of the path. */
  const parameters = (url: string): readonly (readonly [string, string])[] => [
    ['{external_id}', encodeURIComponent(account.externalId)],
    ['{version}', version],
    ['{name}', 'everybody'],
    ['{code}', 'account_not_found'],
    ['{id}', url.startsWith('/v1/api-keys/') ? ([...service.keys.ids][0] ?? '') : String(account.id)],
  ]
  /** There is nothing of the kind in this database, which needs a target on the public internet or a worker to make it. */
  const NOT_FOUND = [
    '/v1/deliveries/{id}',
    '/v1/models/{version}/report',
    '/v1/training-runs/{id}',
    '/v1/webhook-endpoints/{id}',
  ]

  it('leaves every table as it was', { timeout: 120_000 }, async () => {
    const { address, document, keys } = service
    const headers = { authorization: `Bearer ${keys.full}`, 'content-type': 'application/json' }
    const send = async (method: string, url: string, body?: object) =>
      await fetch(`${address}${url}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const filter = { all: [{ field: 'buying_stage', operator: 'at_least', value: 'awareness' }] }
    const made = await send('POST', '/v1/segments', {
      name: 'everybody',
      title: 'Everybody',
      description: 'All of them.',
      filter,
    })
    expect(made.status, await made.text()).toBe(201)
    const gets = Object.entries(document.paths ?? {}).flatMap(([url, methods]) =>
      methods && 'get' in methods ? [url] : [],
    )
    const asked = [
      ...gets.map((url) => ({ method: 'GET', url, body: undefined })),
      { method: 'POST', url: '/v1/scores', body: { accounts: [{ external_id: account.externalId }] } },
      { method: 'POST', url: '/v1/scores', body: { inline: [{ name: 'Acme' }] } },
    ]
    const failed: string[] = []
    for (const { method, url, body } of asked) {
      const path = parameters(url).reduce((filled, [name, value]) => filled.replace(name, value), url)
      const before = await contents()
      const answer = await send(method, path, body)
      await answer.arrayBuffer()
      if (!answer.ok) failed.push(`${method} ${url} ${answer.status}`)
      expect(await contents(), `${method} ${path}`).toEqual(before)
    }
    expect(failed.toSorted()).toEqual(NOT_FOUND.map((url) => `GET ${url} 404`))
    expect(gets.length).toBeGreaterThan(40)
  })
})

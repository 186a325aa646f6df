import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMqlRule } from '../../../src/jobs/evaluation/backtest.ts'
import { initModels, type MqlChoice } from '../../../src/jobs/models/init-models.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { importText } from '../../support/import-text.ts'
import { runScriptFile } from '../../support/run-script.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { createCompanyDatabase } from '../../support/simulated-company.ts'

const none = async (): Promise<MqlChoice> => ({ kind: 'none' })
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winrate-init-'))
  return () => rm(folder, { recursive: true })
})

describe('models for a company with nearly all kinds of data', () => {
  let company: TestDatabase
  beforeAll(async () => {
    company = await createCompanyDatabase()
  })
  afterAll(() => company.drop())

  it('are the shipped ones as far as they are filled, and a specification that loads', {
    timeout: 120_000,
  }, async () => {
    const made = await initModels(company.db, path.join(folder, 'all'), none)
    // In 24 months none of its customers has left.
    expect(made.leftOut.map(({ name }) => name)).toEqual(['churned'])
    const own = loadSpecification(path.join(folder, 'all'))
    const shipped = loadSpecification('models')
    expect(own.features.features).toEqual(shipped.features.features.filter(({ name }) => name !== 'churned'))
    expect(own.models).toEqual(shipped.models)
    expect(own.scores).toEqual(shipped.scores)
    expect((await loadMqlRule(company.db, path.join(folder, 'all'))).events).toEqual([])
  })

  it('are written into a new folder only', { timeout: 120_000 }, async () => {
    const place = path.join(folder, 'taken')
    await initModels(company.db, place, none)
    const text = await readFile(path.join(place, 'features.json'), 'utf8')
    await expect(initModels(company.db, place, none)).rejects.toThrow(
      `--models ${place} is not empty, and no file is overwritten: name a new folder`,
    )
    expect(await readFile(path.join(place, 'features.json'), 'utf8')).toBe(text)
  })

  it('have the rule that is given, checked against the data', { timeout: 120_000 }, async () => {
    const own = path.join(folder, 'rule.json')
    await writeFile(own, await readFile('models/mql-points.json'))
    await initModels(company.db, path.join(folder, 'own'), async () => ({ kind: 'own', file: own }))
    expect(await loadMqlRule(company.db, path.join(folder, 'own'))).toMatchObject({ threshold: 46 })
    await writeFile(own, JSON.stringify({ threshold: 1, fading: { days: 9 }, events: [EVENT] }))
    await expect(
      initModels(company.db, path.join(folder, 'wrong'), async () => ({ kind: 'own', file: own })),
    ).rejects.toThrow(`${own}: MQL points "x" name an unknown activity kind "demo_requst"`)
    await expect(initModels(company.db, path.join(folder, 'dates'), async () => ({ kind: 'mql_at' }))).rejects.toThrow(
      'no contact has a date on which it became a marketing-qualified lead',
    )
  })
})

const EVENT = { name: 'x', of: 'contact', kinds: ['demo_requst'], points: 1 }

describe('models for a company with opportunities alone', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await importText(database, 'accounts', 'external_id,industry,tier\nA1,energy,a\nA2,retail,b\n', {
      mapping: { kind: 'accounts', attributes: 'rest' },
    })
    await importText(database, 'contacts', 'external_id,account_external_id,mql_at\nC1,A1,2024-01-01T00:00:00Z\n')
    const deals = 'external_id,account_external_id,outcome,opened_at,closed_at\n'
    await importText(database, 'opportunities', `${deals}O1,A1,won,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z\n`)
  })
  afterAll(() => database.drop())

  const init = (...args: string[]) => runScriptFile(database, 'scripts/data-team/start/init.ts', args, { cwd: folder })

  it('have no in-market model, and name the data to export next', { timeout: 120_000 }, async () => {
    const { code, stdout } = await init('--models', 'small')
    expect(code).toBe(0)
    expect((await readdir(path.join(folder, 'small'))).toSorted()).toEqual([
      'contact.json',
      'features.json',
      'mql-points.json',
      'scores.json',
      'titles.json',
      'win-open.json',
      'win.json',
    ])
    const { features, models, scores } = loadSpecification(path.join(folder, 'small'))
    expect(features.features.map(({ name }) => name)).toEqual(['industry', 'past_deals_won', 'people_known'])
    expect(models.map(({ model }) => model)).toEqual(['win', 'win_open'])
    expect(scores?.expected_amount.segment_by).toEqual([{ field: 'industry' }])
    expect(stdout).toContain('in-market.json is left out: ')
    expect(stdout).toContain('no feature of the field tier (filled for 2 accounts, fewer than 20)')
    expect(stdout).toContain('MQL rule: the dates on which contacts became marketing-qualified leads')
    expect(stdout).toMatch(
      /\n {2}1\. activities: what the buyer did, by kind and with its contact; 14 features unknown for every account: /,
    )
    expect(stdout).toMatch(/\nNext: npx winrate train --models small\n$/)
  })

  it('require an existing rule', { timeout: 120_000 }, async () => {
    expect(await init('--models', 'x', '--mql-rule', 'often')).toMatchObject({
      code: 1,
      stderr: '--mql-rule must be none, mql_at or own FILE, got "often"\n',
    })
    expect(await init('--models', 'x', '--mql-rule', 'own', 'nowhere.json')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^nowhere\.json cannot be read: /),
    })
    const { stdout } = await init('--models', 'json', '--mql-rule', 'mql_at', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ folder: 'json', mql_rule: 'mql_at', in_market: false })
  })
})

describe('models for a company without data', () => {
  it('are refused', { timeout: 120_000 }, async () => {
    const empty = await createTestDatabase()
    try {
      await expect(initModels(empty.db, path.join(folder, 'none'), none)).rejects.toThrow(
        'there is nothing to learn from yet: import accounts with their attributes, contacts and activities',
      )
      await expect(readdir(path.join(folder, 'none'))).rejects.toThrow('ENOENT')
    } finally {
      await empty.drop()
    }
  })
})

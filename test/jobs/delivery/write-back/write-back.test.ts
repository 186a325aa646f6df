import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../../../src/config.ts'
import type { AdapterName } from '../../../../src/core/delivery/write-back/mapping.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { accessOf } from '../../../../src/jobs/delivery/write-back/access.ts'
import { loadMapping } from '../../../../src/jobs/delivery/write-back/load-mapping.ts'
import { writeBack, writeEverything } from '../../../../src/jobs/delivery/write-back/write-back.ts'
import { appendEvents } from '../../../../src/store/delivery/events.ts'
import { getWriteBack, listFailed } from '../../../../src/store/delivery/write-back.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { type StandIn, startDynamics, startHubspot, startSalesforce } from '../../../support/crm.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { storeScores } from '../../../support/store-scores.ts'

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant
let database: TestDatabase
let crm: StandIn | undefined

beforeEach(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'v1', true)
})
afterEach(async () => {
  await crm?.close()
  crm = undefined
  await database.drop()
})

async function score(keys: readonly string[], spoiled?: string): Promise<readonly number[]> {
  const ids: number[] = []
  for (const key of keys) ids.push(await insertAccount(database.db, key))
  const reasons = [
    { direction: 'up', model: 'win', family: 'intent', feature: 'x', sentence: 'spoils the call' },
  ] as const
  const given = ids.map((accountId, index) => {
    const changes = keys[index] === spoiled ? { reasons: [...reasons] } : {}
    return { accountId, score: publishedScore({ account_external_id: keys[index] ?? null, ...changes }) }
  })
  await storeScores(database.db, AS_OF, given)
  return ids
}

async function happen(accountId: number): Promise<void> {
  const event = {
    type: 'score.changed',
    accountId,
    motion: null,
    asOf: AS_OF,
    modelVersion: null,
    actor: null,
    payload: {},
  } as const
  await database.db.transaction().execute((transaction) => appendEvents(transaction, [event]))
}

function run(name: AdapterName, { origin }: StandIn, secret = true) {
  const config = loadConfig({
    HUBSPOT_URL: origin,
    HUBSPOT_ACCESS_TOKEN: secret ? 'secret-token' : 'wrong',
    SALESFORCE_URL: origin,
    SALESFORCE_CLIENT_ID: 'client',
    SALESFORCE_CLIENT_SECRET: secret ? 'client-secret' : 'wrong',
    DYNAMICS_URL: origin,
    DYNAMICS_LOGIN_URL: origin,
    DYNAMICS_TENANT_ID: 'tenant',
    DYNAMICS_CLIENT_ID: 'client',
    DYNAMICS_CLIENT_SECRET: 'client-secret',
  })
  const access = accessOf(name, config.writeBack)
  const signal = new AbortController().signal
  return writeBack(database.db, { name, mapping: loadMapping(name), access, signal, paceMs: 0 })
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(1000 + index))

describe('writing to HubSpot', () => {
  it('sends 100 companies per call, then only accounts with events whose values changed', async () => {
    crm = await startHubspot(numbers(230))
    const [first = 0] = await score(numbers(230))
    expect(await run('hubspot', crm)).toEqual({ kind: 'done', written: 230, unchanged: 0, failed: 0 })
    expect(crm.calls).toEqual([100, 100, 30])
    expect(crm.rows.get('1000')).toMatchObject({
      winrate_chance_percent: '10',
      winrate_fit_grade: 'B',
      winrate_trend: 'not_enough',
    })
    await happen(first)
    expect(await run('hubspot', crm)).toEqual({ kind: 'done', written: 0, unchanged: 1, failed: 0 })
    await database.pool.query(
      `update account_score set score = jsonb_set(score, '{qualified_probability}', '0.2') where account_id = $1`,
      [first],
    )
    await happen(first)
    expect(await run('hubspot', crm)).toMatchObject({ written: 1, unchanged: 0 })
    expect(crm.calls.slice(3)).toEqual([1])
    expect(crm.rows.get('1000')).toMatchObject({ winrate_chance_percent: '20' })
    await writeEverything(database.db, 'hubspot', loadMapping('hubspot'))
    expect(await run('hubspot', crm)).toMatchObject({ written: 230 })
  })

  it('records a failure for an unknown company, an invalid id, and the one record that makes HubSpot refuse a call', async () => {
    crm = await startHubspot(numbers(8))
    await score([...numbers(8), '77', 'acme'], '1003')
    expect(await run('hubspot', crm)).toEqual({ kind: 'done', written: 7, unchanged: 0, failed: 3 })
    expect([...crm.rows.keys()].toSorted()).toEqual(numbers(8).filter((key) => key !== '1003'))
    const failed = await listFailed(database.db, 'hubspot', 10)
    expect(Object.fromEntries(failed.map(({ externalId, problem }) => [externalId, problem]))).toEqual({
      '77': 'OBJECT_NOT_FOUND Could not get some objects',
      acme: '"acme" is no HubSpot record id',
      '1003': '400: VALIDATION_ERROR Property values were not valid',
    })
    expect(await run('hubspot', crm)).toEqual({ kind: 'done', written: 0, unchanged: 0, failed: 0 })
  })

  it('waits as long as a 429 requires, then sends the same records', async () => {
    crm = await startHubspot(numbers(3))
    await score(numbers(3))
    crm.next.push({
      status: 429,
      headers: { 'retry-after': '77' },
      body: '{"message":"limit","category":"RATE_LIMITS"}',
    })
    expect(await run('hubspot', crm)).toEqual({
      kind: 'paused',
      problem: '429: RATE_LIMITS limit',
      written: 0,
      unchanged: 0,
      failed: 0,
    })
    const { rows } = await database.pool.query(
      `select extract(epoch from paused_until - now())::float8 as left from write_back`,
    )
    expect(rows[0].left).toBeGreaterThan(70)
    expect(rows[0].left).toBeLessThanOrEqual(77)
    expect(await run('hubspot', crm)).toMatchObject({ kind: 'done', written: 0 })
    expect(crm.received).toHaveLength(1)
    await database.pool.query('update write_back set paused_until = now()')
    expect(await run('hubspot', crm)).toMatchObject({ kind: 'done', written: 3 })
    expect(await getWriteBack(database.db, 'hubspot')).toMatchObject({ failures: 0, problem: null })
  })

  it('reports refused credentials without repeating them', async () => {
    crm = await startHubspot(numbers(1))
    await score(numbers(1))
    expect(await run('hubspot', crm, false)).toMatchObject({
      kind: 'paused',
      problem: '401: the CRM refuses the credentials: check the token or the client secret',
    })
    expect((await getWriteBack(database.db, 'hubspot')).counts).toEqual({ waiting: 1, written: 0, failed: 0 })
  })

  it('does not follow redirects', async () => {
    crm = await startHubspot(numbers(1))
    await score(numbers(1))
    crm.next.push({ status: 307, headers: { location: `${crm.origin}/elsewhere` } })
    expect(await run('hubspot', crm)).toMatchObject({ kind: 'paused' })
    expect(crm.received.map(({ path }) => path)).toEqual(['/crm/v3/objects/companies/batch/update'])
  })
})

describe('writing to Salesforce', () => {
  it('upserts 200 records per call by external id, records each refused one, and renews its token', async () => {
    crm = await startSalesforce()
    const [first = 0] = await score([...numbers(249), 'new-1'])
    expect(await run('salesforce', crm)).toEqual({ kind: 'done', written: 249, unchanged: 0, failed: 1 })
    expect(crm.calls).toEqual([200, 50])
    expect(crm.rows.get('1000')).toMatchObject({
      Winrate_Chance__c: 10,
      Winrate_Qualified__c: true,
      Winrate_Reason_1__c: 'Because of pricing_page.',
    })
    expect((await listFailed(database.db, 'salesforce', 5)).map(({ problem }) => problem)).toEqual([
      'REQUIRED_FIELD_MISSING: Required fields are missing: [Name]',
    ])
    await database.pool.query('update write_back_account set written_sha256 = null where account_id = $1', [first])
    await happen(first)
    const expired = { status: 401, body: '[{"errorCode":"INVALID_SESSION_ID","message":"Session expired"}]' }
    crm.next.push(expired)
    expect(await run('salesforce', crm)).toMatchObject({ kind: 'done', written: 1 })
    expect(crm.tokens.given).toBe(3)
  })

  it('pauses when the login gives no token', async () => {
    crm = await startSalesforce()
    await score(numbers(1))
    expect(await run('salesforce', crm, false)).toMatchObject({
      kind: 'paused',
      problem: '401: the login gave no access token: check the client id and secret',
    })
  })
})

describe('writing to Dynamics', () => {
  it('writes one row of predictive scores per account, with Dynamics codes for grade and trend', async () => {
    crm = await startDynamics()
    const ids = Array.from({ length: 105 }, () => randomUUID())
    const accounts = await score([...ids, 'no-guid'])
    await database.pool.query(
      `update account_score set score = jsonb_set(score, '{qualified_probability}', '9') where account_id = $1`,
      [accounts[1]],
    )
    await database.pool.query(
      `insert into scoring_run (scope, version, as_of, stored_at) values ('everybody', 'v1', now() - interval '30 days', now() - interval '30 days')`,
    )
    await database.pool.query(
      `insert into account_score_change (account_id, scoring_run_id, version, score)
       select $1, max(scoring_run_id), 'v1', '{"qualified_probability": 0.05}' from scoring_run`,
      [accounts[0]],
    )
    await expect(run('dynamics', crm)).rejects.toThrow(/Too big/)
    await database.pool.query(
      `update account_score set score = jsonb_set(score, '{qualified_probability}', '1') where account_id = $1`,
      [accounts[1]],
    )
    expect(await run('dynamics', crm)).toEqual({ kind: 'done', written: 105, unchanged: 0, failed: 1 })
    expect(crm.calls.reduce((sum, call) => sum + call, 0)).toBe(105)
    expect(Math.max(...crm.calls)).toBeLessThanOrEqual(100)
    expect(crm.rows.get(ids[0] ?? '')).toEqual({ msdyn_score: 10, msdyn_grade: 1, msdyn_scoretrend: 0 })
    expect(crm.rows.get(ids[1] ?? '')).toEqual({ msdyn_score: 100, msdyn_grade: 1, msdyn_scoretrend: 3 })
    expect((await listFailed(database.db, 'dynamics', 5)).map(({ externalId }) => externalId)).toEqual(['no-guid'])
  })
})

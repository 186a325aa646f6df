import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures, readFeatures } from '../../../src/core/features/compile.ts'
import { InlineAccount, inlineSnapshot } from '../../../src/core/scoring/inline-account.ts'
import { prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { loadChampion, loadModel } from '../../../src/jobs/registry/champion.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { promote } from '../../../src/jobs/registry/promote.ts'
import { scoreAccounts, scoreEverybody, scoreInline } from '../../../src/jobs/scoring/score.ts'
import { listSnapshots } from '../../../src/store/features/account-snapshots.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { storeVersionPolicy } from '../../../src/store/registry/version-policies.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addActivity,
  addBusinessEvent,
  addContact,
  addCustomerEvent,
  addFeedStart,
  addIntentSignal,
  addOpportunity,
  at,
} from '../../support/facts.ts'

let database: TestDatabase
const ids = { acme: 0, dealing: 0, late: 0 }
const model = prepareArtifact(artifactOf(), 'm-1')
const asOf = at('2024-10-01T12:00:00')
const sigmoid = (logOdds: number) => 1 / (1 + Math.exp(-logOdds))

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  await insertModelVersion(db, 'm-1', artifactOf())
  for (const fact of ['activity', 'intent_signal', 'business_event', 'customer_event'] as const) {
    await addFeedStart(db, fact, { source: 'all', kind: 'any', occurred_at: at('2000-01-01') })
  }
  const attributes = { name: 'Acme', industry: 'software', employees: 250, technologies: ['aws', 'sap'] }
  ids.acme = await addAccount(db, 'acme', at('1900-01-01'), attributes)
  ids.dealing = await addAccount(db, 'dealing', at('2024-01-01'))
  ids.late = await addAccount(db, 'late', at('2024-10-02'))
  const ann = await addContact(db, 'ann', [
    {
      known_at: at('1900-01-01'),
      account_id: ids.acme,
      seniority: 'vp',
      department: 'it',
      buying_role: 'technical_decision_maker',
    },
  ])
  for (const kind of [
    'web_visit',
    'pricing_page_visit',
    'demo_request',
    'form_submit',
    'email_click',
    'free_trial_start',
  ]) {
    await addFeedStart(db, 'activity', { source: 'all', kind, occurred_at: at('2000-01-01') })
  }
  await addFeedStart(db, 'customer_event', { source: 'all', kind: 'churn', occurred_at: at('2000-01-01') })
  for (const kind of ['funding', 'technology_installed']) {
    await addFeedStart(db, 'business_event', { source: 'all', kind, occurred_at: at('2000-01-01') })
  }
  for (const activity of ACTIVITIES) {
    const { contact, ...rest } = activity
    await addActivity(db, ids.acme, { ...rest, ...(contact ? { contact_id: ann } : {}) })
  }
  for (const [topic, observed, strength] of SIGNALS) {
    await addIntentSignal(db, ids.acme, { topic, observed_at: at(observed), strength: String(strength) })
  }
  await addBusinessEvent(db, ids.acme, { kind: 'funding', occurred_at: at('2024-08-01') })
  await addCustomerEvent(db, ids.acme, { kind: 'churn', occurred_at: at('2023-08-01') })
  for (const day of ['2024-08-28', '2024-09-09', '2024-09-10']) {
    await addActivity(db, ids.dealing, { kind: 'web_visit', occurred_at: at(day) })
  }
  await addOpportunity(db, ids.dealing, 'deal', [{ known_at: at('2024-09-10'), opened_at: at('2024-09-10') }])
})
afterAll(() => database.drop())

const ACTIVITIES = [
  { kind: 'web_visit', occurred_at: at('2024-09-30T23:59:59'), contact: false },
  { kind: 'web_visit', occurred_at: at('2024-10-01T11:59:59.999999'), contact: false },
  { kind: 'pricing_page_visit', occurred_at: at('2024-09-02T00:00:00'), contact: true },
  { kind: 'demo_request', occurred_at: at('2024-07-20'), contact: true },
  { kind: 'form_submit', occurred_at: at('2024-05-01'), contact: true },
]
const SIGNALS = [
  ['crm', '2024-09-25', 71.25],
  ['crm', '2024-07-25', 20],
  ['erp', '2024-09-28', 33.3333],
] as const

/** The same account, inline in a request. */
const INLINE = InlineAccount.parse({
  name: 'Acme',
  attributes: { industry: 'software', employees: 250, technologies: ['aws', 'sap'] },
  contacts: [{ external_id: 'ann', seniority: 'vp', department: 'it', buying_role: 'technical_decision_maker' }],
  activities: ACTIVITIES.map(({ kind, occurred_at, contact }) => ({
    kind,
    occurred_at,
    ...(contact ? { contact_external_id: 'ann' } : {}),
  })),
  intent_signals: SIGNALS.map(([topic, observed, strength]) => ({ topic, observed_at: at(observed), strength })),
  business_events: [{ kind: 'funding', occurred_at: at('2024-08-01') }],
  customer_events: [{ kind: 'churn', occurred_at: at('2023-08-01') }],
})

describe('scores of stored accounts', () => {
  it('come in the order of the ids, undefined for accounts not known before as-of', async () => {
    const scored = await scoreAccounts(database.db, model, [ids.late, ids.dealing, ids.acme, 999_999], asOf)
    expect(scored.map((one) => one?.score.account_external_id)).toEqual([undefined, 'dealing', 'acme', undefined])
  })

  it('have only a win probability with an open opportunity, as of its opening', async () => {
    const [scored] = await scoreAccounts(database.db, model, [ids.dealing], asOf)
    // Two visits in the 30 days before 2024-09-10: 0.3 x 2/2. The visit at the instant of opening does not count.
    expect(scored?.score).toMatchObject({ not_scored_because: 'open_opportunity', open_opportunity: 'deal' })
    expect(scored?.score.win_probability).toBeCloseTo(sigmoid(0.3), 12)
  })

  it('have none before the opportunity opened', async () => {
    const [scored] = await scoreAccounts(database.db, model, [ids.dealing], at('2024-09-10'))
    expect(scored?.score).toMatchObject({ not_scored_because: null, open_opportunity: null })
  })
})

describe('an inline account', () => {
  it('has the features of the same stored account, to the bit', async () => {
    const set = compileFeatures(loadSpecification('models').features)
    const [stored] = await listSnapshots(database.db, [{ accountId: ids.acme, asOf }], set.lookback)
    const inline = readFeatures(set, inlineSnapshot(INLINE, asOf))
    expect(stored && readFeatures(set, stored)).toEqual(inline)
    expect(inline.filter((value) => value !== null && value !== 0).length).toBeGreaterThan(20)
  })

  it('has the score of the same stored account', async () => {
    const [stored] = await scoreAccounts(database.db, model, [ids.acme], asOf)
    expect(scoreInline(model, INLINE, asOf)).toEqual({ ...stored?.score, account_external_id: null })
  })
})

describe('scoring all accounts', () => {
  it('stores one score per known account, and counts those with an open opportunity', async () => {
    expect(await scoreEverybody(database.db, model, asOf)).toMatchObject({ scored: 2, withOpenOpportunity: 1 })
    const rows = await database.db
      .selectFrom('account_score')
      .select(['external_id', 'win_probability'])
      .orderBy('external_id')
      .execute()
    expect(rows.map((row) => row.external_id)).toEqual(['acme', 'dealing'])
    const [acme] = await scoreAccounts(database.db, model, [ids.acme], asOf)
    expect(rows[0]?.win_probability).toBe(acme?.score.win_probability)
  })
})

describe('the champion', () => {
  it('is undefined before the first promotion, then scores as stored', async () => {
    expect(await loadChampion(database.db)).toBeUndefined()
    expect(await promote(database.db, 'm-1', { promotedBy: 'ann', force: true, reason: 'a test' })).toMatchObject({
      replaced: null,
    })
    const champion = await loadChampion(database.db)
    expect(champion?.version).toBe('m-1')
    expect(champion && scoreInline(champion, INLINE, asOf)).toEqual(scoreInline(model, INLINE, asOf))
    expect(await loadModel(database.db, 'm-1')).toBe(champion)
  })

  it('has the policy of its newest backtest, also of one stored after the model was loaded', async () => {
    const policy = {
      enter: 0.07,
      stages: [{ stage: 'target' as const, from: 0, times_base_rate: 0, share: 1, opening_rate: 0.02 }],
      basis: { enter: 'the lowest threshold that lists at most 50 a month', stages: 'on inner folds' },
    }
    const before = await loadModel(database.db, 'm-1')
    expect(before.policy).toBeNull()
    await storeVersionPolicy(database.db, 'm-1', policy)
    const after = await loadModel(database.db, 'm-1')
    expect(after.policy).toEqual(policy)
    expect(after.models).toBe(before.models)
    await storeVersionPolicy(database.db, 'm-1', { ...policy, enter: 0.08 })
    expect((await loadChampion(database.db))?.policy?.enter).toBe(0.08)
    expect(await loadChampion(database.db)).toBe(await loadModel(database.db, 'm-1'))
    await storeVersionPolicy(database.db, 'm-1', null)
    expect((await loadChampion(database.db))?.policy).toBeNull()
  })

  it('cannot be an unknown version; the nearest are named', async () => {
    await expect(promote(database.db, 'm-2', { promotedBy: 'ann', reason: null })).rejects.toMatchObject({
      code: 'ModelNotFound',
      message: 'no model version "m-2"; nearest known: m-1',
    })
    await expect(loadModel(database.db, 'm-2')).rejects.toMatchObject({ code: 'ModelNotFound' })
  })
})

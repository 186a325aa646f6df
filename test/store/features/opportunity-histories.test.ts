import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  listCohortAccounts,
  listOpportunityHistories,
  readVocabulary,
} from '../../../src/store/features/opportunity-histories.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addAccount,
  addCustomerEvent,
  addActivity,
  addFeedStart,
  addOpportunity,
  addVersion,
  at,
  removeFacts,
} from '../../support/facts.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
afterEach(() => removeFacts(database.db))

describe('accounts of a cohort', () => {
  it('are those known before as-of, by external id', async () => {
    await addAccount(database.db, 'b', at('2024-01-01'))
    await addAccount(database.db, 'B', at('2024-01-01'))
    await addAccount(database.db, 'a', at('2024-06-01'))
    const names = async (asOf: string) => (await listCohortAccounts(database.db, at(asOf))).map((row) => row.externalId)
    expect(await names('2024-06-01')).toEqual(['B', 'b'])
    expect(await names('2024-06-01T00:00:00.000001')).toEqual(['B', 'a', 'b'])
  })
})

describe('the history of an opportunity', () => {
  const histories = async (asOf: string, activityKind?: string) =>
    await listOpportunityHistories(database.db, at(asOf), activityKind)

  it('says when the account was first lost as a customer after the close, once that was known', async () => {
    const accountId = await addAccount(database.db, 'lost-again', at('2023-01-01'))
    await addOpportunity(database.db, accountId, 'lost-again-deal', [
      { known_at: at('2023-03-01'), opened_at: at('2023-02-01'), closed_at: at('2023-03-01'), outcome: 'won' },
    ])
    for (const [kind, day] of [
      ['churn', '2023-02-15'],
      ['renewal', '2023-03-02'],
      ['churn', '2023-12-01'],
    ] as const) {
      await addCustomerEvent(database.db, accountId, { kind, occurred_at: at(day), known_at: at(day) })
    }
    const churnedAt = async (asOf: string) =>
      (await histories(asOf)).find(({ externalId }) => externalId === 'lost-again-deal')?.churnedAt
    expect(await churnedAt('2023-12-01')).toBeNull()
    expect(await churnedAt('2023-12-02')).toBe(at('2023-12-01'))
  })

  it('is what was known of it before as-of', async () => {
    const accountId = await addAccount(database.db, 'acme', at('2024-01-01'))
    await addOpportunity(database.db, accountId, 'deal', [
      { known_at: at('2024-03-05'), opened_at: at('2024-03-01'), lead_source: 'outbound' },
      {
        known_at: at('2024-06-10'),
        opened_at: at('2024-03-02'),
        closed_at: at('2024-06-01'),
        outcome: 'won',
        type: 'renewal',
      },
    ])
    expect(await histories('2024-03-05')).toEqual([])
    const account = { accountId, externalId: 'acme', knownAt: at('2024-01-01') }
    const common = { externalId: 'deal', account, knownAt: at('2024-03-05'), firstActivityAt: null, churnedAt: null }
    expect(await histories('2024-06-10')).toEqual([
      {
        ...common,
        openedAt: at('2024-03-01'),
        closedAt: null,
        closeKnownAt: null,
        outcome: 'open',
        type: null,
        leadSource: 'outbound',
      },
    ])
    expect(await histories('2024-06-11')).toEqual([
      {
        ...common,
        openedAt: at('2024-03-02'),
        closedAt: at('2024-06-01'),
        closeKnownAt: at('2024-06-10'),
        outcome: 'won',
        type: 'renewal',
        leadSource: null,
      },
    ])
  })

  it('is open while its close lies ahead', async () => {
    const accountId = await addAccount(database.db, 'acme', at('2024-01-01'))
    const planned = { known_at: at('2024-03-01'), opened_at: at('2024-03-01'), outcome: 'lost' as const }
    await addOpportunity(database.db, accountId, 'deal', [{ ...planned, closed_at: at('2024-09-01') }])
    expect((await histories('2024-09-01'))[0]).toMatchObject({ outcome: 'open', closedAt: null })
    expect((await histories('2024-09-02'))[0]).toMatchObject({ outcome: 'lost', closedAt: at('2024-09-01') })
  })

  it('is absent for an account that was not known', async () => {
    const accountId = await addAccount(database.db, 'acme', at('2024-05-01'))
    await addOpportunity(database.db, accountId, 'deal', [{ known_at: at('2024-03-01'), opened_at: at('2024-03-01') }])
    expect(await histories('2024-05-01')).toEqual([])
    expect(await histories('2024-05-02')).toHaveLength(1)
  })

  it('finds the first activity of a kind at or after opening, known before as-of', async () => {
    const accountId = await addAccount(database.db, 'acme', at('2024-01-01'))
    const other = await addAccount(database.db, 'other', at('2024-01-01'))
    await addOpportunity(database.db, accountId, 'deal', [{ known_at: at('2024-03-01'), opened_at: at('2024-03-01') }])
    const demo = (account: number, occurred: string, known = occurred) =>
      addActivity(database.db, account, { kind: 'demo', occurred_at: at(occurred), known_at: at(known) })
    await demo(accountId, '2024-02-29T23:59:59.999999')
    await demo(accountId, '2024-04-02')
    await demo(accountId, '2024-04-01', '2024-08-01')
    await demo(other, '2024-03-15')
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: at('2024-03-02') })
    const first = async (asOf: string) => (await histories(asOf, 'demo'))[0]?.firstActivityAt
    expect(await first('2024-04-02')).toBeNull()
    expect(await first('2024-08-01')).toBe(at('2024-04-02'))
    expect(await first('2024-08-02')).toBe(at('2024-04-01'))
    await demo(accountId, '2024-03-01')
    expect(await first('2024-08-02')).toBe(at('2024-03-01'))
  })
})

describe('the vocabulary', () => {
  it('is the fields, kinds and topics that the data has', async () => {
    const accountId = await addAccount(database.db, 'acme', at('2024-01-01'), { fleet_size: 4, name: 'Acme' })
    await addVersion(database.db, accountId, {
      source: 'bought',
      known_at: at('2024-01-01'),
      attributes: { grade: 'A' },
    })
    const start = { source: 's', occurred_at: at('2024-01-01') }
    await addFeedStart(database.db, 'activity', { ...start, kind: 'trial' })
    await addFeedStart(database.db, 'activity', { ...start, kind: 'trial', source: 't' })
    await addFeedStart(database.db, 'intent_signal', { ...start, kind: 'crm' })
    await addFeedStart(database.db, 'business_event', { ...start, kind: 'merger' })
    expect(await readVocabulary(database.db)).toEqual({
      fields: ['fleet_size', 'grade', 'name'],
      activityKinds: ['trial'],
      businessEventKinds: ['merger'],
      topics: ['crm'],
    })
  })
})

import { type RawBuilder, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { IsoDate } from '../../../src/core/base/time.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { runTimeMachine } from '../../../src/jobs/evaluation/time-machine.ts'
import type * as KnownBefore from '../../../src/store/features/known-before.ts'
import type { TimedFact } from '../../../src/store/features/known-before.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import {
  addActivity,
  addContact,
  addCustomerEvent,
  addFeedStart,
  addIntentSignal,
  addOpportunity,
  addVersion,
  at,
} from '../../support/facts.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

/** What the query takes for the rule of time while a test runs; undefined: the real one. */
let planted:
  | ((fact: TimedFact, alias: string, asOf: RawBuilder<unknown>) => RawBuilder<boolean> | undefined)
  | undefined

vi.mock('../../../src/store/features/known-before.ts', async (importOriginal) => {
  const original = await importOriginal<typeof KnownBefore>()
  const knownBefore: typeof original.knownBefore = (fact, alias, asOf) =>
    planted?.(fact, alias, asOf) ?? original.knownBefore(fact, alias, asOf)
  return { ...original, knownBefore }
})

let database: TestDatabase
const specification = loadSpecification('models')
const end = at('2025-11-01')

beforeAll(async () => {
  database = await createTestDatabase()
  await importSimulatedCompany(database.pool, { accounts: 150, months: 24, end: '2025-11-01' as IsoDate, seed: 1 })
  await addOddities()
})
afterAll(() => database.drop())

/** What an orderly company has none or little of, at twenty of its accounts. */
async function addOddities(): Promise<void> {
  const { db } = database
  const accounts = await db
    .selectFrom('account as a')
    .select('a.account_id')
    .orderBy('a.external_id')
    .limit(20)
    .execute()
  for (const [index, { account_id: accountId }] of accounts.entries()) {
    const day = String(1 + index).padStart(2, '0')
    // Announced before it takes place; linked, known and told to be somebody's only later.
    await addActivity(db, accountId, {
      kind: 'event_attended',
      known_at: at(`2025-05-${day}`),
      occurred_at: at(`2025-06-${day}`),
    })
    await addIntentSignal(db, accountId, {
      topic: 'crm',
      observed_at: at(`2025-05-${day}`),
      linked_at: at(`2025-05-27`),
      strength: '90',
    })
    await addCustomerEvent(db, accountId, {
      kind: 'churn',
      occurred_at: at(`2025-07-${day}`),
      known_at: at(`2025-08-${day}`),
    })
    for (const month of ['02', '04', '06', '08']) {
      const changed = {
        source: 'zoom',
        known_at: at(`2025-${month}-${day}`),
        attributes: { revenue_usd: Number(month) },
      }
      await addVersion(db, accountId, changed)
    }
    const person = await addContact(db, `late-${index}`, [
      { known_at: at(`2025-08-${day}T12:00:00`), account_id: null },
    ])
    await addOpportunity(db, accountId, `late-${index}`, [
      { known_at: at('2025-04-01'), opened_at: at('2025-04-01') },
      { known_at: at(`2025-09-${day}`), opened_at: at('2025-04-01'), closed_at: at('2025-06-30'), outcome: 'lost' },
    ])
    await addActivity(db, accountId, {
      kind: 'form_submit',
      occurred_at: at(`2025-08-01T09:00:00`),
      contact_id: person,
    })
  }
  await addFeedStart(db, 'customer_event', {
    source: 'old billing',
    kind: 'churn',
    occurred_at: at('2010-01-01'),
    known_at: at('2025-06-01'),
  })
}

const run = (pairs: number, models = specification.models) =>
  runTimeMachine(database.db, { pairs, seed: 1, specification: { ...specification, models }, end })

describe('the time machine', () => {
  it('finds no feature of a simulated company that knows the future', async () => {
    const report = await run(500)
    expect(report.mismatches).toEqual([])
    expect(report).toMatchObject({ pairs: 500, accounts: 150, readAlone: 100 })
    expect(report.readForTraining).toBeGreaterThan(200)
  })

  it('leaves the facts as they were', async () => {
    const count = () =>
      database.db
        .selectFrom('activity')
        .select((eb) => eb.fn.countAll().as('rows'))
        .execute()
    const before = await count()
    await run(20)
    expect(await count()).toEqual(before)
  })

  it('compares no pairs if no account is known', async () => {
    const report = await runTimeMachine(database.db, { pairs: 10, seed: 1, specification, end: at('1900-01-01') })
    expect(report).toMatchObject({ pairs: 0, mismatches: [] })
  })
})

describe('the time machine catches', () => {
  const COLUMNS: Partial<Record<TimedFact, readonly string[]>> = {
    activity: ['occurred_at', 'known_at', 'linked_at'],
    intent_signal: ['observed_at', 'known_at', 'linked_at'],
    business_event: ['occurred_at', 'known_at', 'linked_at'],
    customer_event: ['occurred_at', 'known_at', 'linked_at'],
    opportunity_version: ['opened_at', 'known_at'],
    feed_start: ['occurred_at', 'known_at'],
  }

  it.each<readonly [string, TimedFact, string]>([
    ['an account known too early', 'account', 'known_at'],
    ['an account version known too early', 'account_version', 'known_at'],
    ['a contact version known too early', 'contact_version', 'known_at'],
    ['a person known too early', 'contact', 'known_at'],
    ['an activity known too early', 'activity', 'known_at'],
    ['an activity that has not happened yet', 'activity', 'occurred_at'],
    ['an activity linked too early', 'activity', 'linked_at'],
    ['an intent signal known too early', 'intent_signal', 'known_at'],
    ['an intent signal linked too early', 'intent_signal', 'linked_at'],
    ['a business event known too early', 'business_event', 'known_at'],
    ['a customer event known too early', 'customer_event', 'known_at'],
    ['an opportunity version known too early', 'opportunity_version', 'known_at'],
    ['a feed start known too early', 'feed_start', 'known_at'],
  ])('%s', async (_, wrong, without) => {
    planted = (fact, alias, asOf) => {
      if (fact !== wrong) return undefined
      const columns = (COLUMNS[fact] ?? ['known_at']).filter((column) => column !== without)
      return all(columns.map((column) => sql`${sql.ref(`${alias}.${column}`)} < ${asOf}`))
    }
    expect(await mismatches()).toBeGreaterThan(0)
  })

  it.each<TimedFact>([
    'account_version',
    'contact_version',
    'activity',
    'intent_signal',
    'business_event',
    'opportunity_version',
  ])('"at or before" in place of "before" for %s', async (wrong) => {
    planted = (fact, alias, asOf) =>
      fact === wrong
        ? all((COLUMNS[fact] ?? ['known_at']).map((column) => sql`${sql.ref(`${alias}.${column}`)} <= ${asOf}`))
        : undefined
    expect(await mismatches()).toBeGreaterThan(0)
  })

  async function mismatches(): Promise<number> {
    try {
      // Nothing is read for training: only what is read without the future counts.
      const report = await run(200, [])
      return report.mismatches.filter(({ reading }) => reading === 'without_the_future').length
    } finally {
      planted = undefined
    }
  }
})

function all(conditions: readonly RawBuilder<unknown>[]): RawBuilder<boolean> {
  return conditions.length === 0 ? sql<boolean>`true` : sql<boolean>`(${sql.join(conditions, sql` and `)})`
}

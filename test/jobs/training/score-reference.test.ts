import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { readLearningData } from '../../../src/jobs/training/learning-data.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, addOpportunity, at } from '../../support/facts.ts'

const specification = loadSpecification('models')
const asOf = at('2024-10-01')
let database: TestDatabase

const version = (known: string, changes: object = {}) => ({
  known_at: at(known),
  opened_at: at('2024-01-10'),
  currency: 'EUR',
  ...changes,
})
const won = { outcome: 'won' as const, closed_at: at('2024-03-05') }

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  const acme = await addAccount(db, 'acme', at('2024-01-01'), { industry: 'software' })
  const dealing = await addAccount(db, 'dealing', at('2024-01-01'), { industry: 'retail' })
  await addAccount(db, 'late', at('2024-10-01'))
  await addOpportunity(db, acme, 'deal', [
    version('2024-01-10', { amount: '900' }),
    version('2024-03-05', { ...won, amount: '1000' }),
    // Corrected later than as-of: nobody could know.
    version('2024-10-02', { ...won, amount: '5000' }),
  ])
  await addOpportunity(db, acme, 'renewal', [version('2024-03-05', { ...won, type: 'renewal', amount: '70' })])
  await addOpportunity(db, acme, 'lost', [version('2024-03-05', { ...won, outcome: 'lost', amount: '80' })])
  await addOpportunity(db, acme, 'won-later', [version('2024-10-03', { ...won, closed_at: at('2024-10-02') })])
  await addOpportunity(db, dealing, 'open', [version('2024-09-01', { opened_at: at('2024-09-01') })])
  await db
    .insertInto('exchange_rate')
    .values({ currency: 'EUR', day: '2024-03-01' as never, usd_per_unit: '1.25' })
    .execute()
})
afterAll(() => database.drop())

describe('the reference population of scores', () => {
  it('has the accounts known at as-of without an open opportunity', async () => {
    const set = compileFeatures(specification.features)
    const reported: [number, number][] = []
    const { reference } = await readLearningData(database.db, set, specification, asOf, (step, done, total) => {
      if (step === 'reference') reported.push([done, total])
    })
    const { accounts } = reference
    expect(accounts.map(({ id }) => id)).toEqual(['acme'])
    expect(accounts[0]?.features).toHaveLength(set.features.length)
    expect(reported.at(-1)).toEqual([2, 2])
  })

  it('has the deals won by then of counted types, at the amount known then', async () => {
    const set = compileFeatures(specification.features)
    const { reference } = await readLearningData(database.db, set, specification, asOf, () => undefined)
    const { deals, rates } = reference
    expect(deals).toEqual([
      { id: 'deal', amount: 1000, currency: 'EUR', closedOn: '2024-03-05', attributes: { industry: 'software' } },
    ])
    expect(rates).toEqual([{ currency: 'EUR', day: '2024-03-01', usdPerUnit: 1.25 }])
  })
})

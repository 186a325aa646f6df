import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { keepEach, readInOnePass } from '../../../src/jobs/training/snapshot-pass.ts'
import { readSnapshotPairs } from '../../../src/store/features/snapshot-pairs.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, at } from '../../support/facts.ts'

const set = compileFeatures(loadSpecification('models').features)
const asOf = at('2024-06-01')
let database: TestDatabase
let acme = 0
let late = 0

beforeAll(async () => {
  database = await createTestDatabase()
  acme = await addAccount(database.db, 'acme', at('2024-01-01'))
  late = await addAccount(database.db, 'late', at('2024-05-01'))
})
afterAll(() => database.drop())

describe('one pass for several readers', () => {
  const earlier = () => ({ accountId: late, asOf: at('2024-02-01') })

  it('gives each reader the snapshots of its own requests, in their order, and undefined for an unknown account', async () => {
    const one = keepEach('one', [{ accountId: acme, asOf }, earlier()], (_, { externalId }) => externalId)
    const other = keepEach(
      'other',
      [
        { accountId: late, asOf },
        { accountId: acme, asOf },
      ],
      (index, { externalId }) => `${index} ${externalId}`,
    )
    const steps: string[] = []
    await readInOnePass(database.db, set, [one, other], (step, done, total) => steps.push(`${step} ${done}/${total}`))
    expect(one.result()).toEqual(['acme', undefined])
    expect(other.result()).toEqual(['0 late', '1 acme'])
    expect(steps).toEqual(['one 2/2', 'other 2/2'])
  })

  it('computes the features of a snapshot once for all readers', async () => {
    const request = { accountId: acme, asOf }
    const [one, other] = ['one', 'other'].map((step) => keepEach(step, [request], (_, __, features) => features()))
    if (!one || !other) throw new Error('no readers')
    await readInOnePass(database.db, set, [one, other], () => undefined)
    expect(one.result()[0]).toHaveLength(set.columns.length)
    expect(other.result()[0]).toBe(one.result()[0])
  })
})

describe('snapshot pairs', () => {
  it('are each request, with all that it carries, and its snapshot', async () => {
    const requests = [
      { accountId: late, asOf, note: 'known' },
      { accountId: late, asOf: at('2024-02-01'), note: 'not known yet' },
    ]
    const pairs: [string, string | undefined][] = []
    for await (const [{ note }, snapshot] of readSnapshotPairs(database.db, requests, set.lookback)) {
      pairs.push([note, snapshot?.externalId])
    }
    expect(pairs).toEqual([
      ['known', 'late'],
      ['not known yet', undefined],
    ])
  })
})

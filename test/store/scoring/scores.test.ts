import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../src/core/base/time.ts'
import { matchAccounts } from '../../../src/store/facts/accounts.ts'
import { listQualified } from '../../../src/store/qualification/qualified-list.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../support/accounts.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { storeScores } from '../../support/store-scores.ts'

const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant

let database: TestDatabase
const ids = new Map<string, number>()
const id = (externalId: string) => ids.get(externalId) ?? 0

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, 'v1')
  for (const [externalId, domains] of [
    ['acme', ['acme.com', 'acme.de']],
    ['beta', ['beta.io', 'shared.org']],
    ['gamma', ['shared.org']],
    ['Äther/ü?', []],
    ['123', []],
  ] as const) {
    ids.set(externalId, await insertAccount(database.db, externalId, domains))
  }
})
afterAll(() => database.drop())

describe('accounts are found', () => {
  it('by id, external id and domain, in the order asked, the same account twice if asked twice', async () => {
    const keys = [
      { external_id: 'beta' },
      { id: id('acme') },
      { domain: 'https://www.ACME.de/contact' },
      { external_id: 'Äther/ü?' },
      { external_id: '123' },
      { id: id('acme') },
    ]
    const expected = ['beta', 'acme', 'acme', 'Äther/ü?', '123', 'acme'].map((externalId) => [id(externalId)])
    expect(await matchAccounts(database.db, keys)).toEqual(expected)
  })

  it('not by what names nobody, and all of those that share a domain', async () => {
    const keys = [{ id: 2 ** 53 - 1 }, { external_id: 'ACME' }, { domain: 'no domain' }, { domain: 'shared.org' }]
    expect(await matchAccounts(database.db, keys)).toEqual([[], [], [], [id('beta'), id('gamma')]])
    expect(await matchAccounts(database.db, [])).toEqual([])
  })
})

describe('stored scores', () => {
  it('are listed from the highest, ties by external id, each once over all pages', async () => {
    const given: readonly (readonly [string, number | null])[] = [
      ['acme', 0.3],
      ['beta', 0.5],
      ['gamma', 0.3],
      ['123', 0.3],
      ['Äther/ü?', null],
    ]
    await storeScores(
      database.db,
      AS_OF,
      given.map(([externalId, probability]) => ({
        accountId: id(externalId),
        score: publishedScore({ account_external_id: externalId, qualified_probability: probability }),
      })),
    )
    const query = { minimumProbability: 0.3, now: AS_OF }
    const first = await listQualified(database.db, { ...query, limit: 2 })
    expect(first.map((row) => row.accountId)).toEqual([id('beta'), id('123')])
    const { contributions: _, ...stored } = publishedScore({ account_external_id: 'beta', qualified_probability: 0.5 })
    expect(first[0]?.score).toEqual(stored)
    const after = first[1]?.position
    expect(after).toMatchObject({ place: -0.3, externalId: '123', motion: 'new_business' })
    const second = await listQualified(database.db, { ...query, limit: 9, after })
    expect(second.map((row) => row.accountId)).toEqual([id('acme'), id('gamma')])
    expect(await listQualified(database.db, { ...query, minimumProbability: 0.500001, limit: 9 })).toEqual([])
  })
})

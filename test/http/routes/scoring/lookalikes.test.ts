import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StoredProfile } from '../../../../src/core/scoring/profile/stored-profile.ts'
import { insertProfile } from '../../../../src/store/training/profiles.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { addVersion, at } from '../../../support/facts.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

let service: TestService
const asOf = at('2026-03-01')

const profile: StoredProfile = {
  as_of: asOf,
  profile: { win_rate: 0.3, deals: 100, attributes: [], compared: 0 },
  columns: [
    { name: 'industry', noun: 'industry', kind: 'category', weight: 0.75, scale: 0 },
    { name: 'technologies', noun: 'technologies in use', kind: 'set', weight: 0.25, scale: 0 },
  ],
  won_accounts: [
    { external_id: 'bakery', values: ['food', ['sap']] },
    { external_id: 'studio', values: ['software', ['aws', 'sap']] },
    { external_id: 'forge', values: ['software', ['oracle']] },
    { external_id: 'mill', values: ['mining', []] },
  ],
}

async function scored(externalId: string, attributes: Record<string, unknown>, winProbability: number) {
  const { db, pool } = service.database
  const accountId = await insertAccount(db, externalId, [], attributes)
  const score = publishedScore({
    account_external_id: externalId,
    account_name: String(attributes['name']),
    as_of: asOf,
    win_probability: winProbability,
  })
  const { contributions: _, ...stored } = score
  await pool.query(
    `insert into account_score (account_id, external_id, version, as_of, win_probability, score)
     values ($1, $2, 'v1', $3, $4, $5)`,
    [accountId, externalId, asOf, winProbability, JSON.stringify(stored)],
  )
  return accountId
}

beforeAll(async () => {
  service = await startTestService()
  await insertChampion(service.database)
  const outside = { in_crm: false, industry: 'software', technologies: ['aws', 'oracle'] }
  await scored('near', { name: 'Near', ...outside }, 0.4)
  await scored('nearer', { name: 'Nearer', ...outside, technologies: ['aws', 'sap'] }, 0.5)
  await scored('unknown', { name: 'Unknown', in_crm: false }, 0.4)
  await scored('customer', { name: 'Customer', in_crm: true, industry: 'software' }, 0.9)
  await scored('unsaid', { name: 'Unsaid', industry: 'software' }, 0.9)
  await scored('blocked', { name: 'Barred', ...outside, do_not_contact: true }, 0.9)
  const entered = await scored('entered', { name: 'Entered', ...outside }, 0.9)
  // The CRM says so by now; the reference universe still says otherwise.
  await addVersion(service.database.db, entered, {
    source: 'salesforce',
    known_at: at('2026-02-01'),
    attributes: { in_crm: true },
  })
  await scored('studio', { name: 'Studio AG', in_crm: true }, 0.2)
})
afterAll(() => service.close())

describe('GET /v1/lookalikes', () => {
  const ask = (query = '') => service.call({ url: `/v1/lookalikes${query}` })

  it('requires the profile stored by the training of the champion', async () => {
    expect((await ask()).json()).toMatchObject({ code: 'model_not_found' })
    await insertProfile(service.database.db, 'v1', profile)
    expect((await ask()).statusCode).toBe(200)
  })

  it('lists contactable accounts outside the CRM, the most likely to be won first', async () => {
    const { accounts } = (await ask()).json()
    expect(accounts.map((row: { external_id: string }) => row.external_id)).toEqual(['nearer', 'near', 'unknown'])
  })

  it('names the won accounts that each resembles, and in what', async () => {
    const { accounts } = (await ask()).json()
    expect(accounts[0].resembles).toEqual([
      {
        external_id: 'studio',
        name: 'Studio AG',
        similarity: 1,
        in_common: ['same industry (software)', 'technologies in use: aws, sap'],
      },
      // The industry alone.
      { external_id: 'forge', name: null, similarity: 0.75, in_common: ['same industry (software)'] },
      // Half of the technologies.
      { external_id: 'bakery', name: null, similarity: 0.125, in_common: ['technologies in use: sap'] },
    ])
    expect(accounts[2].resembles).toEqual([])
  })

  it('is read page by page, ties by id', async () => {
    const first = (await ask('?limit=2')).json()
    expect(first.accounts).toHaveLength(2)
    const second = (await ask(`?limit=2&cursor=${first.next_cursor}`)).json()
    expect(second.accounts.map((row: { external_id: string }) => row.external_id)).toEqual(['unknown'])
    expect(second.next_cursor).toBeNull()
  })
})

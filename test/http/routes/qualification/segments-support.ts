import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { evaluateChangedSegments } from '../../../../src/jobs/qualification/segment-membership.ts'
import type { PublishedScore } from '../../../../src/core/scoring/published-score.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { startTestService, type TestService } from '../../support.ts'

export const day = (of: number) => `2026-03-${String(of).padStart(2, '0')}T00:00:00.000000Z` as Instant
export const policy = testPolicy()
export let service: TestService
export const accountIds: number[] = []

/** a0 to a5: in decision with these qualified probabilities, and in these countries. */
const PROBABILITIES = [0.02, 0.04, 0.06, 0.08, 0.1, 0.12]
const COUNTRIES = ['DE', 'DE', 'FR', 'FR', 'DE', 'DE']
export const hot = { field: 'qualified_probability', operator: 'at_least', value: 0.07 }
export const german = { field: 'attributes.country', operator: 'is', value: 'DE' }

beforeAll(async () => {
  service = await startTestService({ policy })
  await insertModelVersion(service.database.db, 'v1')
  await insertModelVersion(service.database.db, 'v2')
  for (const [index, country] of COUNTRIES.entries())
    accountIds.push(await insertAccount(service.database.db, `a${index}`, [], { name: `a${index}`, country }))
})
afterAll(() => service.close())
beforeEach(async () => {
  await service.database.pool.query(`
    truncate segment, segment_revision, segment_member, event, account_state, account_stage, account_score,
      account_score_change, scoring_run cascade`)
  await score(1)
})

/** Everybody is scored, by that day; `changes` by the index of the account. */
export const score = (of: number, changes: Record<number, Partial<PublishedScore> | null> = {}, version = 'v1') =>
  storeScores(
    service.database.db,
    day(of),
    accountIds.flatMap((accountId, index) => {
      const change = index in changes ? changes[index] : {}
      if (change === null || change === undefined) return []
      const probability = PROBABILITIES[index] ?? null
      const facts = { attributes: { country: COUNTRIES[index] ?? null } }
      const own = { account_external_id: `a${index}`, qualified_probability: probability }
      return [{ accountId, score: publishedScore({ ...own, ...change }), facts }]
    }),
    { policy, version },
  )

export const make = (name: string, filter: object, headers = {}) =>
  service.call({ method: 'POST', url: '/v1/segments', payload: { name, title: name, filter }, headers })
export const change = (name: string, filter: object) =>
  service.call({ method: 'PUT', url: `/v1/segments/${name}`, payload: { title: name, filter } })
export const evaluate = () => evaluateChangedSegments(service.database.db, policy)
export const members = async (name: string, query = '') => {
  const answer = await service.call({ url: `/v1/segments/${name}/accounts${query}` })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().accounts.map((account: { external_id: string }) => account.external_id) as string[]
}
export const moves = async () => {
  const { rows } = await service.database.pool.query<{ line: string }>(`
    select concat_ws(' ', type, payload ->> 'segment', a.external_id, payload ->> 'reason') as line
    from event join account a using (account_id) where type like 'segment.%' order by event_id`)
  return rows.map(({ line }) => line)
}

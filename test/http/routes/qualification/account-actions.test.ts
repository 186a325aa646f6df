import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'
import { readClock } from '../../../../src/store/database/read-clock.ts'
import { groupOf, QUIET } from '../../../core/qualification/playbook/support.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { storeScores } from '../../../support/store-scores.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

let service: TestService
let accountId: number
let asOf: Instant
/** After each round of scores. */
const instants: Instant[] = []

beforeAll(async () => {
  service = await startTestService()
  const { db } = service.database
  await insertChampion(service.database)
  accountId = await insertAccount(db, 'acme')
  asOf = await readClock(db)
  const group = groupOf({ procurement: 'missing' })
  for (const stage of ['consideration', 'decision'] as const) {
    const score = publishedScore({ account_name: 'Acme', buying_stage: stage, qualified_probability: 0.01 })
    const outlook = { situation: { ...QUIET, topics: [{ topic: 'crm_software', surging: true }] }, group }
    await storeScores(db, asOf, [{ accountId, score, outlook }])
    instants.push(await readClock(db))
  }
})
afterAll(() => service.close())

const ask = (query = '', id: number | string = accountId) => service.call({ url: `/v1/accounts/${id}/actions${query}` })
const rulesOf = (answer: Awaited<ReturnType<typeof ask>>) =>
  answer.json().actions.map(({ rule }: { rule: string }) => rule)

describe('GET /v1/accounts/{id}/actions', () => {
  it('has action, person, topic, reason and expiry; the next one first', async () => {
    const answer = await ask()
    expect(rulesOf(answer)).toEqual(['start_cadence', 'find_decision_maker'])
    const [first, second] = answer.json().actions
    expect(first).toMatchObject({
      channel: 'bdr_cadence',
      do: 'Start the 21-touch cadence with Kim economic decision maker',
      person: { contact_external_id: 'p-economic_decision_maker' },
      topic: 'crm_software',
      message: 'crm software: what it brings and when it pays back',
      touches: 21,
      triggered_at: asOf,
      expires_at: instantPlusDays(asOf, 30),
    })
    expect(first.reason).toContain('research on crm software is surging')
    expect(second).toMatchObject({ do: 'Find the procurement contact of Acme', role: 'procurement', person: null })
  })

  it('returns the actions stored at an instant', async () => {
    expect(rulesOf(await ask(`?as_of=${instants[0]}`))).toEqual(['personal_content', 'complete_buying_group'])
    expect(rulesOf(await ask(`?as_of=${instants[1]}`))).toEqual(['start_cadence', 'find_decision_maker'])
  })

  it('takes that instant in any spelling of RFC 3339, and as an epoch count', async () => {
    const [first = ''] = instants
    const utc = first.replace('Z', '')
    // A microsecond after the first round, since an epoch count of milliseconds drops those below.
    const millis = Math.floor(Date.parse(first)) + 1
    for (const text of [
      first.toLowerCase(),
      first.replace('T', ' '),
      `${utc}000Z`,
      `${utc}-00:00`,
      `${utc}%2B0000`,
      String(millis),
      `${Math.floor(millis / 1000)}.${String(millis % 1000).padStart(3, '0')}`,
    ])
      expect(rulesOf(await ask(`?as_of=${text}`)), text).toEqual(['personal_content', 'complete_buying_group'])
    const lost = (await ask(`?as_of=${utc}+00:00`)).json()
    expect(lost.errors).toMatchObject([{ detail: expect.stringContaining('%2B') }])
  })

  it('refuses unknown accounts, future instants and unknown parameters', async () => {
    expect((await ask('', 999_999)).json()).toMatchObject({ status: 404, code: 'account_not_found' })
    expect((await ask('?as_of=2190-01-01')).statusCode).toBe(400)
    expect((await ask('?as_of=yesterday')).json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect((await ask('?limit=1')).json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect((await ask('', 'acme')).statusCode).toBe(400)
  })
})

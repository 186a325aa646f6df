import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'
import { recordHandoff } from '../../../../src/jobs/qualification/sales-handoff.ts'
import { appendEvents } from '../../../../src/store/delivery/events.ts'
import { readClock } from '../../../../src/store/database/read-clock.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { addActivity, at } from '../../../support/facts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
interface Page {
  readonly entries: readonly unknown[]
  readonly next_cursor: string | null
}
let service: TestService
let acme: number
/** After each round of scores. */
const instants: Instant[] = []
const score = (probability: number, stage: 'consideration' | 'decision') =>
  publishedScore({ qualified_probability: probability, buying_stage: stage })

beforeAll(async () => {
  service = await startTestService({ policy: testPolicy() })
  const { db } = service.database
  await insertChampion(service.database)
  acme = await insertAccount(db, 'acme')
  await addActivity(db, acme, { kind: 'pricing_page', occurred_at: at('2026-02-20T10:00:00') })
  const rounds = [score(0.02, 'consideration'), score(0.2, 'decision'), score(0.2, 'decision'), score(0.3, 'decision')]
  for (const [index, given] of rounds.entries()) {
    await storeScores(db, instantPlusDays(START, index), [{ accountId: acme, score: given }])
    instants.push(await readClock(db))
  }
  await recordHandoff(db, testPolicy(), { accountId: acme, actor: 'Kim', work: { kind: 'claim' } })
  const holdout = {
    type: 'holdout.assigned',
    accountId: acme,
    motion: 'expansion',
    asOf: START,
    modelVersion: null,
    actor: null,
    payload: { group: 'control', until: instantPlusDays(START, 90) },
  } as const
  await db.transaction().execute((transaction) => appendEvents(transaction, [holdout]))
})
afterAll(() => service.close())

const get = (path: string) => service.call({ url: `/v1/accounts/${acme}${path}` })

describe('an account', () => {
  it('has its stage, stage history and owner', async () => {
    const answer = (await get('')).json()
    expect(answer).toMatchObject({
      account_id: acme,
      external_id: 'acme',
      name: 'Acme',
      buying_stage: { stage: 'decision', since: instantPlusDays(START, 1) },
      motions: [{ motion: 'new_business', state: 'claimed', owner: 'Kim', qualified_since: instantPlusDays(START, 1) }],
    })
    expect(answer.motions).toHaveLength(1)
    expect(answer.stage_path.map(({ from, to }: { from: string; to: string }) => [from, to])).toEqual([
      [null, 'consideration'],
      ['consideration', 'decision'],
    ])
  })

  it('has the state of any past instant', async () => {
    const first = (await get(`?as_of=${instants[0]}`)).json()
    expect(first).toMatchObject({ buying_stage: { stage: 'consideration' }, motions: [], as_of: instants[0] })
    expect((await get(`?as_of=${instants[2]}`)).json().motions).toMatchObject([{ state: 'qualified', owner: null }])
    const before = await get('?as_of=2026-01-01')
    expect(before.json()).toMatchObject({ buying_stage: null, stage_path: [], motions: [] })
    expect((await get('?as_of=2199-01-01')).json()).toMatchObject({ status: 400, code: 'invalid_request' })
    expect((await service.call({ url: '/v1/accounts/999' })).json()).toMatchObject({ code: 'account_not_found' })
  })

  it('has the score that was stored, and its history has one entry for each change', async () => {
    for (const [index, instant] of instants.entries()) {
      const { score: stored } = (await get(`/score?as_of=${instant}`)).json()
      const { contributions: _, ...expected } = score(
        [0.02, 0.2, 0.2, 0.3][index] ?? 0,
        index === 0 ? 'consideration' : 'decision',
      )
      expect(stored).toEqual({ ...expected, as_of: instantPlusDays(START, index) })
    }
    expect((await get('/score?as_of=2026-01-01')).json()).toMatchObject({ code: 'account_not_found' })
    const { changes } = (await get('/score-history')).json()
    const probabilities = changes.map(
      (change: { score: { qualified_probability: number } }) => change.score.qualified_probability,
    )
    expect(probabilities).toEqual([0.3, 0.2, 0.02])
    const first = (await get('/score-history?limit=2')).json()
    const rest = (await get(`/score-history?limit=2&cursor=${first.next_cursor}`)).json()
    expect([...first.changes, ...rest.changes]).toEqual(changes)
    expect(rest.next_cursor).toBeNull()
  })

  it('has a timeline of facts and events, the newest first, in pages, without holdout events', async () => {
    const { entries } = (await get('/timeline')).json()
    const types = entries.map(({ source, type }: { source: string; type: string }) => `${source} ${type}`)
    expect(types).toEqual([
      'event account.claimed',
      'event account.qualified',
      'event account.stage_changed',
      'event account.stage_changed',
      'activity pricing_page',
    ])
    const paged: unknown[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: Page = (await get(`/timeline?limit=2${cursor && `&cursor=${cursor}`}`)).json()
      paged.push(...page.entries)
      cursor = page.next_cursor
    }
    expect(paged).toEqual(entries)
    expect((await get(`/timeline?as_of=${instants[0]}`)).json().entries).toHaveLength(2)
    expect((await get('/timeline?as_of=2026-02-20T10:00:00Z')).json().entries).toEqual([])
  })

  it('is on the list of then, and on that of now while nobody works it', async () => {
    const names = async (query: string) =>
      (await service.call({ url: `/v1/qualified-accounts${query}` }))
        .json()
        .accounts.map((account: { external_id: string; scored_at: string }) => account.external_id)
    expect(await names(`?as_of=${instants[0]}`)).toEqual([])
    expect(await names(`?as_of=${instants[1]}`)).toEqual(['acme'])
    expect(await names('')).toEqual([])
    const future = await service.call({ url: '/v1/qualified-accounts?as_of=2199-01-01' })
    expect(future.statusCode).toBe(400)
  })
})

it('the accounts that a version would move are named, and an unknown version is 404', async () => {
  const answer = await service.call({ url: '/v1/models/v1/impact' })
  expect(answer.statusCode).toBe(200)
  const { version, scored, counts } = answer.json()
  expect({ version, scored }).toEqual({ version: 'v1', scored: 1 })
  // That version has no model but a name: it has no probability, and no stage, for anybody.
  expect(counts).toEqual({ enter: 0, leave: 0, change_stage: 1 })
  const unknown = await service.call({ url: '/v1/models/none/impact' })
  expect(unknown.json()).toMatchObject({ code: 'model_not_found' })
})

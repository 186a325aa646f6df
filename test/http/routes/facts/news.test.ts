import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { listOpportunityHistories } from '../../../../src/store/features/opportunity-histories.ts'
import { ingestStream } from '../../../../src/jobs/facts/ingest-stream.ts'
import type { ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { at } from '../../../support/facts.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())
beforeEach(() =>
  service.database.pool.query(
    'truncate account, contact, activity, customer_event, opportunity, visitor_tie, web_domain, identity_change cascade',
  ),
)

async function send(kind: ReceivedKind, ...rows: readonly object[]) {
  const answer = await service.call({ method: 'POST', url: `/v1/${kind}/batch`, payload: { rows } })
  return answer.json()
}
const AHEAD = '2199-03-31T00:00:00Z'
const deal = {
  external_id: 'O',
  account_external_id: 'A',
  opened_at: '2024-01-10T08:00:00Z',
  outcome: 'open',
  stage: 'Negotiation',
  amount: 100,
  currency: 'EUR',
}
const lost = { ...deal, outcome: 'lost', closed_at: '2024-03-10T00:00:00Z', stage: 'Closed Lost' }

async function outcomeKnown(asOf: string): Promise<string | undefined> {
  const [history] = await listOpportunityHistories(service.database.db, at(asOf))
  return history?.outcome
}

describe('an opportunity over REST', () => {
  it('says what is news: open again, and then won with another amount', async () => {
    await send('accounts', { external_id: 'A' })
    expect(await send('opportunities', lost)).toMatchObject({ created: 1, results: [{ status: 'created' }] })
    expect((await send('opportunities', lost)).results).toEqual([
      { index: 0, status: 'unchanged', matched: true, errors: [] },
    ])
    expect((await send('opportunities', deal)).results).toEqual([
      { index: 0, status: 'updated', matched: true, errors: [], news: ['reopened', 'stage_changed'] },
    ])
    const won = { ...deal, outcome: 'won', closed_at: '2024-06-20T00:00:00Z', stage: 'Won', amount: 120 }
    expect((await send('opportunities', won)).results[0].news).toEqual(['closed', 'amount_changed', 'stage_changed'])
    expect((await send('opportunities', { ...won, account_external_id: 'B' })).results[0].news).toEqual([
      'account_changed',
    ])
  })

  it('that is won on a day to come is taken as from a file: it waits for its date', async () => {
    await send('accounts', { external_id: 'A' })
    const won = { ...deal, outcome: 'won', closed_at: AHEAD }
    expect((await send('opportunities', won)).results).toEqual([
      { index: 0, status: 'created', matched: true, errors: [], news: ['outcome_waits'] },
    ])
    expect([await outcomeKnown('2199-03-01'), await outcomeKnown('2199-04-02')]).toEqual(['open', 'won'])
    expect((await send('opportunities', won)).results[0].status).toBe('unchanged')
    const same = 'external_id,account_external_id,opened_at,closed_at,outcome,stage,amount,currency\n'
    const { news } = await importText(
      service.database,
      'opportunities',
      `${same}Z,A,${deal.opened_at},${AHEAD},won,Negotiation,100,EUR\n`,
    )
    expect(news).toEqual({ outcome_waits: 1 })
    expect((await send('opportunities', deal)).results[0].news).toContain('reopened')
    expect(await outcomeKnown('2199-04-02')).toBe('open')
  })

  it('that was open is still open until that day', async () => {
    await send('accounts', { external_id: 'A' })
    await send('opportunities', deal)
    const news = (await send('opportunities', { ...deal, outcome: 'won', closed_at: AHEAD })).results[0].news
    expect(news).toEqual(['closed', 'outcome_waits'])
    expect([await outcomeKnown('2199-03-01'), await outcomeKnown('2199-04-02')]).toEqual(['open', 'won'])
  })

  it('whose amount lacks its currency keeps its outcome, and says that the amount is unknown', async () => {
    const { currency: _, ...without } = lost
    const { results, rejected } = await send('opportunities', without)
    expect(rejected).toBe(0)
    expect(results).toMatchObject([
      { status: 'created', unreadable: [{ pointer: '#/rows/0/amount', code: 'missing_value' }] },
    ])
    expect(
      await rowsOf(service.database, `select outcome, amount from opportunity_version where outcome = 'lost'`),
    ).toEqual([{ outcome: 'lost', amount: null }])
    const event = {
      source_id: 'r',
      kind: 'renewal',
      account_external_id: 'A',
      occurred_at: '2024-03-10T00:00:00Z',
      amount: 5,
    }
    expect((await send('customer-events', event)).results).toMatchObject([{ status: 'created', unreadable: [{}] }])
  })

  it('that two rows open on different days is rejected', async () => {
    const { results } = await send('opportunities', lost, { ...lost, opened_at: '2024-02-10T08:00:00Z' })
    expect(results).toMatchObject([{ status: 'created' }, { status: 'rejected', errors: [{ code: 'opened_twice' }] }])
  })

  it.each([
    ['opportunities', { external_id: 'X', deleted: true }],
    ['activities', { source_id: 'X', deleted: true }],
    ['business-events', { source_id: 'X', deleted: true }],
    ['customer-events', { source_id: 'X', deleted: true }],
  ] as const)('of %s that was never seen is deleted without a fault', async (kind, row) => {
    expect(await send(kind, row)).toMatchObject({
      unchanged: 1,
      rejected: 0,
      unmatched: 0,
      results: [{ status: 'unchanged', matched: null, news: ['nothing_to_delete'] }],
    })
  })

  it('in a stream is counted by the same names', async () => {
    async function* lines(...rows: readonly object[]) {
      yield Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
    }
    const options = { mostBytes: 10_000, signal: new AbortController().signal }
    const { currency: _, ...without } = lost
    await ingestStream(service.database.pool, 'opportunities', lines(lost), options)
    const summary = await ingestStream(
      service.database.pool,
      'opportunities',
      lines(deal, { external_id: 'Z', deleted: true }, { ...without, external_id: 'P' }),
      options,
    )
    expect(summary.news).toEqual({ reopened: 1, stage_changed: 1, nothing_to_delete: 1 })
    expect(summary).toMatchObject({ received: 3, created: 1, updated: 1, unchanged: 1, rejected: 0 })
    expect(summary.unreadableCells).toMatchObject([{ line: 3, path: ['amount'], code: 'missing_value' }])
  })
})

describe('a visitor over REST', () => {
  const visit = { kind: 'visit', initiated_by: 'buyer', visitor_id: 'anon-1' }
  const found = `select a.source_id as id, c.external_id as account from activity a left join account c using (account_id) order by 1`

  it('belongs to the account of the address in an event, before and after the event', async () => {
    await send('accounts', { external_id: 'A', domain: ['a.example.com'] })
    await send('activities', { ...visit, source_id: '1', occurred_at: '2024-03-01T00:00:00Z' })
    const form = { ...visit, source_id: '2', occurred_at: '2024-03-05T00:00:00Z', email: 'kit@a.example.com' }
    expect(await send('activities', form)).toMatchObject({ created: 1 })
    await send('activities', { ...visit, source_id: '3', occurred_at: '2024-03-06T00:00:00Z' })
    expect(await rowsOf(service.database, found)).toEqual([
      { id: '1', account: 'A' },
      { id: '2', account: 'A' },
      { id: '3', account: 'A' },
    ])
    // Received as they happen: the tie is known since then, not since the form was filled in.
    const since = await rowsOf(
      service.database,
      `select distinct a.linked_at = t.known_at as tied from activity a, visitor_tie t where a.source_id in ('1', '3')`,
    )
    expect(since).toEqual([{ tied: true }])
  })
})

import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rejectsOf, rowsOf } from '../../../support/import-text.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { listOpportunityHistories } from '../../../../src/store/features/opportunity-histories.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, opportunity cascade'))

const versions = `select o.external_id as id, left(v.known_at::text, 10) as known, v.backfilled, v.outcome,
    left(v.closed_at::text, 10) as closed, v.amount::float8 as amount, v.lead_source, v.stage
  from opportunity_version v join opportunity o using (opportunity_id) order by 1, v.known_at`
const NEW_NEEDS = 'a new one needs its account and the time at which it opened'
const HEADER = 'external_id,account_external_id,opened_at,closed_at,outcome,amount,currency,type,lead_source,stage'
const WON = 'O,A,2024-01-10,2024-03-10,won,500,EUR,new_business,inbound,closed'
const OPENING = {
  id: 'O',
  known: '2024-01-10',
  backfilled: true,
  outcome: 'open',
  closed: null,
  amount: null,
  lead_source: 'inbound',
  stage: null,
}
const CLOSING = {
  id: 'O',
  known: '2024-03-10',
  backfilled: false,
  outcome: 'won',
  closed: '2024-03-10',
  amount: 500,
  lead_source: 'inbound',
  stage: 'closed',
}

describe('opportunities', () => {
  it('without a date become what could be known when they opened, and the whole from the day they closed', async () => {
    expect((await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)).counts).toMatchObject({
      inserted: 1,
      unmatched: 1,
    })
    expect(await rowsOf(database, versions)).toEqual([OPENING, CLOSING])
    expect((await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)).counts).toMatchObject({ unchanged: 1 })
    expect(
      (await importText(database, 'opportunities', `${HEADER}\n${WON.replace('500', '600')}\n`)).counts,
    ).toMatchObject({ updated: 1 })
    expect(await rowsOf(database, versions)).toEqual([OPENING, { ...CLOSING, amount: 600 }])
  })

  it('that are still open are known since they opened; what changes later is known from then on', async () => {
    const open = 'O,A,2024-01-10,,open,100,EUR,new_business,inbound,demo'
    await importText(database, 'opportunities', `${HEADER}\n${open}\n`)
    const later = await importText(database, 'opportunities', `${HEADER}\n${open.replace('demo', 'proposal')}\n`)
    expect(await rowsOf(database, versions)).toMatchObject([
      { known: '2024-01-10', backfilled: true, stage: 'demo' },
      { known: later.startedAt.slice(0, 10), backfilled: false, stage: 'proposal' },
    ])
    // A close entered afterwards with an earlier date was not known on that day: we had heard otherwise since.
    const closed = await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)
    expect(await rowsOf(database, versions)).toMatchObject([
      {},
      {},
      { known: closed.startedAt.slice(0, 10), outcome: 'won' },
    ])
    expect((await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)).counts).toMatchObject({ unchanged: 1 })
  })

  it('that is new says which is missing: its account or its opening', async () => {
    const text = 'external_id,account_external_id,opened_at,outcome\nN1,A,,open\nN2,,2024-03-10,open\nN3,,,open\n'
    const { byFile } = await importText(database, 'opportunities', text)
    expect(byFile[0]?.rejections).toMatchObject([{ reason: 'unknown_opportunity', count: 3 }])
    const rejects = await rejectsOf(path.join(path.dirname(byFile[0]?.file ?? ''), 'rejects.csv'))
    expect(rejects.map(({ column, value, message }) => [column, value, message])).toEqual([
      ['opened_at', '', `opportunity "N1" is new and has no opened_at; ${NEW_NEEDS}`],
      ['account_external_id', '', `opportunity "N2" is new and has no account_external_id; ${NEW_NEEDS}`],
      ['external_id', 'N3', `is new and has neither account_external_id nor opened_at; ${NEW_NEEDS}`],
    ])
  })

  it('that opened elsewhere can be closed by rows that only say so', async () => {
    await importText(database, 'opportunities', `${HEADER}\nO,A,2024-01-10,,open,500,EUR,new_business,inbound,closed\n`)
    const closing = 'external_id,closed_at,outcome\nO,2024-03-10,won\nX,2024-03-10,won\n'
    const { counts, reasons } = await importText(database, 'opportunities', closing)
    expect(counts).toMatchObject({ read: 2, inserted: 1, rejected: 1 })
    expect(reasons).toEqual({ unknown_opportunity: 1 })
    expect(await rowsOf(database, versions)).toEqual([{ ...OPENING, amount: 500, stage: 'closed' }, CLOSING])
    expect((await importText(database, 'opportunities', closing)).counts).toMatchObject({ unchanged: 1, rejected: 1 })
  })

  const marks = `select o.external_id as id, left(v.opened_at::text, 10) as opened, left(v.closed_at::text, 10) as closed, v.outcome,
      v.attributes->>'closed_before_opened' as stated
    from opportunity o cross join lateral (
      select * from opportunity_version v where v.opportunity_id = o.opportunity_id order by known_at desc limit 1) v order by 1`

  it('that close before they open are kept, marked and counted, and are no examples', async () => {
    const csv = `${HEADER}\nO,A,2024-03-10,2024-02-01,won,,,,,\nP,A,2024-01-10,2024-02-01,lost,,,,,\n`
    await importText(database, 'accounts', 'external_id\nA\n')
    const { counts, byFile } = await importText(database, 'opportunities', csv)
    expect(counts).toMatchObject({ read: 2, inserted: 2, rejected: 0 })
    expect(byFile[0]?.news).toMatchObject({ closed_before_opened: 1 })
    expect(await rowsOf(database, marks)).toEqual([
      { id: 'O', opened: '2024-02-01', closed: '2024-02-01', outcome: 'won', stated: '2024-03-10T00:00:00.000000Z' },
      { id: 'P', opened: '2024-01-10', closed: '2024-02-01', outcome: 'lost', stated: null },
    ])
    const histories = await listOpportunityHistories(database.db, '2025-01-01T00:00:00.000000Z' as Instant)
    expect(histories.map(({ externalId }) => externalId)).toEqual(['P'])
  })

  it('may close on the day they opened, whichever file has that day', async () => {
    const opened = `${HEADER}\nO,A,2024-01-10T15:00:00Z,,open,,,,,\nP,A,2024-01-10T15:00:00Z,2024-01-10,won,,,,,\n`
    await importText(database, 'opportunities', opened)
    await importText(database, 'opportunities', 'external_id,closed_at,outcome\nO,2024-01-10,won\n')
    expect(await rowsOf(database, marks)).toMatchObject([
      { id: 'O', opened: '2024-01-10', closed: '2024-01-10', outcome: 'won', stated: null },
      { id: 'P', opened: '2024-01-10', closed: '2024-01-10', outcome: 'won', stated: null },
    ])
  })

  it('are marked also where another file has the day on which they opened', async () => {
    await importText(database, 'opportunities', `${HEADER}\nO,A,2024-01-10,,open,,,,,\n`)
    const { counts, byFile } = await importText(
      database,
      'opportunities',
      'external_id,closed_at,outcome\nO,2024-01-08,won\n',
    )
    expect(counts).toMatchObject({ rejected: 0 })
    expect(byFile[0]?.news).toMatchObject({ closed_before_opened: 1 })
    expect(await rowsOf(database, marks)).toMatchObject([
      { id: 'O', closed: '2024-01-08', outcome: 'won', stated: '2024-01-10T00:00:00.000000Z' },
    ])
  })

  it('with a date become one version each, and an earlier one never overwrites a later', async () => {
    const rows = ['O,A,2024-01-10,2024-03-10,won,2024-03-11', 'O,A,2024-01-10,,open,2024-02-01']
    for (const row of rows)
      await importText(
        database,
        'opportunities',
        `external_id,account_external_id,opened_at,closed_at,outcome,known_at\n${row}\n`,
      )
    expect(await rowsOf(database, versions)).toMatchObject([
      { known: '2024-02-01', outcome: 'open', backfilled: false },
      { known: '2024-03-11', outcome: 'won' },
    ])
  })

  it('find their account when it appears', async () => {
    await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)
    await importText(database, 'accounts', 'external_id\nA\n')
    expect(
      await rowsOf(
        database,
        'select external_id from account join opportunity using (account_id, external_id) union all select a.external_id from account a join opportunity o on o.account_id = a.account_id',
      ),
    ).toEqual([{ external_id: 'A' }])
  })
})

describe('what belongs to an opportunity', () => {
  it('is refused while the other end is missing, line by line', async () => {
    await importText(database, 'opportunities', `${HEADER}\n${WON}\n`)
    await importText(database, 'contacts', 'external_id\nC\n')
    const people = await importText(
      database,
      'opportunity-contacts',
      'opportunity_external_id,contact_external_id,role\nO,C,user\nO,X,user\nY,C,user\n',
    )
    expect(people.counts).toMatchObject({ inserted: 1, rejected: 2 })
    expect(people.reasons).toEqual({ unknown_contact: 1, unknown_opportunity: 1 })
    const stages = 'opportunity_external_id,stage,entered_at\nO,demo,2024-02-01T00:00:00Z\n'
    expect((await importText(database, 'stage-history', stages)).counts).toMatchObject({ inserted: 1 })
    expect((await importText(database, 'stage-history', stages)).counts).toMatchObject({ unchanged: 1 })
  })
})

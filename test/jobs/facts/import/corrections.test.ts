import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Lookback } from '../../../../src/core/features/compile.ts'
import { listOpportunityHistories } from '../../../../src/store/features/opportunity-histories.ts'
import { listSnapshots } from '../../../../src/store/features/account-snapshots.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { at } from '../../../support/facts.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

const LOOKBACK: Lookback = {
  activityDays: 90,
  intentDays: 90,
  businessEventDays: 90,
  customerEventDays: 90,
  latestKinds: false,
  sourcePrecedence: [],
}

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.pool.query(
    'truncate account, contact, activity, intent_signal, business_event, customer_event, opportunity, feed_start cascade',
  )
  await importText(database, 'accounts', 'external_id,known_at,domain\nA,2024-01-01T00:00:00Z,acme.com\n')
})

const versions = `select kind, left(occurred_at::text, 10) as occurred, left(known_at::text, 10) as known,
  left(superseded_at::text, 10) as until, deleted from activity order by known_at`

/** What the point-in-time query says of account A on a day: activities by the buyer. */
async function seenOn(day: string) {
  const [account] = (await rowsOf(database, 'select account_id from account')) as { account_id: number }[]
  const request = { accountId: account?.account_id ?? 0, asOf: at(day) }
  const [snapshot] = await listSnapshots(database.db, [request], LOOKBACK)
  return snapshot
}

async function kindsOn(day: string): Promise<readonly string[] | undefined> {
  return (await seenOn(day))?.activities.map(({ kind, ageDays }) => `${kind} ${ageDays}`)
}

const HEADER = 'source_id,kind,occurred_at,known_at,account_external_id,initiated_by'
const first = '1,visit,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,A,buyer'
const corrected = '1,demo,2024-03-03T00:00:00Z,2024-03-10T00:00:00Z,A,buyer'

describe('a corrected activity', () => {
  it.each([
    ['in order', [first, corrected]],
    ['the newer first', [corrected, first]],
  ])('counts as it was known at each instant, imported %s', async (_, rows) => {
    for (const row of rows) {
      const { counts } = await importText(database, 'activities', `${HEADER}\n${row}\n`)
      expect(counts).toMatchObject({ inserted: 1 })
    }
    expect(await rowsOf(database, versions)).toEqual([
      { kind: 'visit', occurred: '2024-03-01', known: '2024-03-02', until: '2024-03-10', deleted: false },
      { kind: 'demo', occurred: '2024-03-03', known: '2024-03-10', until: null, deleted: false },
    ])
    expect(await kindsOn('2024-03-10')).toEqual(['visit 9'])
    expect(await kindsOn('2024-03-10T00:00:00.000001')).toEqual(['demo 7'])
    for (const row of rows) {
      const { counts } = await importText(database, 'activities', `${HEADER}\n${row}\n`)
      expect(counts).toMatchObject({ unchanged: 1 })
    }
  })

  it('in one file ends the same in every batch size', async () => {
    for (const batchRows of [1, 10]) {
      await database.pool.query('truncate activity')
      const csv = `${HEADER}\n${corrected}\n${first}\n`
      expect((await importText(database, 'activities', csv, { batchRows })).counts).toMatchObject({ inserted: 2 })
      expect(await rowsOf(database, versions)).toMatchObject([{ until: '2024-03-10' }, { until: null }])
    }
  })

  it('without a date is known from the start of the import that tells of it', async () => {
    const undated = 'source_id,kind,occurred_at,account_external_id,initiated_by\n'
    await importText(database, 'activities', `${undated}1,visit,2024-03-01,A,buyer\n`)
    const { counts, startedAt } = await importText(database, 'activities', `${undated}1,demo,2024-03-02,A,buyer\n`)
    expect(counts).toMatchObject({ inserted: 1, updated: 0 })
    expect(await rowsOf(database, 'select kind, known_at, superseded_at from activity order by known_at')).toEqual([
      { kind: 'visit', known_at: at('2024-03-01'), superseded_at: startedAt },
      { kind: 'demo', known_at: startedAt, superseded_at: null },
    ])
    expect(await kindsOn('2024-03-05')).toEqual(['visit 4'])
    const again = await importText(database, 'activities', `${undated}1,demo,2024-03-02,A,buyer\n`)
    expect(again.counts).toMatchObject({ unchanged: 1 })
  })

  it('replaces the stored row with the option to amend', async () => {
    const undated = 'source_id,kind,occurred_at,account_external_id,initiated_by\n'
    await importText(database, 'activities', `${undated}1,visit,2024-03-01,A,buyer\n`)
    const amended = await importText(database, 'activities', `${undated}1,demo,2024-03-02,A,buyer\n`, { amend: true })
    expect(amended.counts).toMatchObject({ updated: 1, inserted: 0 })
    expect(await rowsOf(database, versions)).toEqual([
      { kind: 'demo', occurred: '2024-03-02', known: '2024-03-02', until: null, deleted: false },
    ])
  })

  it.each([1, 10])(
    'that appears twice without a date ends as the last line says, %i rows a batch',
    async (batchRows) => {
      const csv =
        'source_id,kind,occurred_at,account_external_id,initiated_by\n1,visit,2024-03-01,A,buyer\n1,demo,2024-03-02,A,buyer\n'
      for (const run of ['first', 'again']) {
        await importText(database, 'activities', csv, { batchRows })
        expect([run, await rowsOf(database, versions)]).toEqual([
          run,
          [{ kind: 'demo', occurred: '2024-03-02', known: '2024-03-02', until: null, deleted: false }],
        ])
      }
    },
  )

  it('is never known earlier than was stated, nor later than a row of the same content states', async () => {
    const stated = 'source_id,kind,occurred_at,known_at\n1,visit,2024-03-01,2024-03-05\n'
    const unstated = 'source_id,kind,occurred_at\n1,visit,2024-03-01\n'
    for (const order of [
      [stated, unstated],
      [unstated, stated],
    ]) {
      await database.pool.query('truncate activity')
      for (const csv of order) await importText(database, 'activities', csv)
      expect(await rowsOf(database, versions)).toMatchObject([{ kind: 'visit', known: '2024-03-05', until: null }])
    }
  })
})

describe('a deleted fact', () => {
  it('no longer counts from when the deletion was known, and counted before', async () => {
    await importText(database, 'activities', `${HEADER}\n${first}\n`)
    const { counts } = await importText(
      database,
      'activities',
      'source_id,known_at,is_deleted\n1,2024-03-20T00:00:00Z,true\n2,2024-03-20T00:00:00Z,true\n',
    )
    expect(counts).toMatchObject({ inserted: 1, unchanged: 1, rejected: 0 })
    expect(await kindsOn('2024-03-20')).toEqual(['visit 19'])
    expect(await kindsOn('2024-03-20T00:00:00.000001')).toEqual([])
    // The old export again changes nothing: what it says is older than the deletion.
    expect((await importText(database, 'activities', `${HEADER}\n${first}\n`)).counts).toMatchObject({ unchanged: 1 })
    expect(await kindsOn('2024-03-21')).toEqual([])
  })

  it('may be listed in a file of ids, with a mapping that says so', async () => {
    await importText(database, 'activities', `${HEADER}\n${first}\n`)
    const mapping = { kind: 'activities', columns: { source_id: 'Id', deleted: { constant: 'true' } } }
    const { startedAt } = await importText(database, 'activities', 'Id\n1\n', { mapping })
    expect(await rowsOf(database, versions)).toMatchObject([{ deleted: false }, { kind: 'visit', deleted: true }])
    expect(await rowsOf(database, 'select known_at from activity where deleted')).toEqual([{ known_at: startedAt }])
    expect((await importText(database, 'activities', 'Id\n1\n', { mapping })).counts).toMatchObject({ unchanged: 1 })
  })

  it.each([
    [
      'intent-signals',
      'provider,topic,account_external_id,period_start,period_end,strength,known_at,deleted',
      'p,crm,A,2024-03-01,2024-03-07,70',
    ],
    [
      'business-events',
      'source_id,kind,account_external_id,occurred_at,known_at,deleted',
      'b,funding,A,2024-03-08T00:00:00Z',
    ],
    [
      'customer-events',
      'source_id,kind,account_external_id,occurred_at,known_at,deleted',
      'c,churn,A,2024-03-08T00:00:00Z',
    ],
  ] as const)('of %s counts until then', async (kind, header, row) => {
    const live = `${header}\n${row},2024-03-10T00:00:00Z,\n`
    const gone = `${header}\n${row},2024-03-20T00:00:00Z,yes\n`
    for (const csv of [gone, live]) await importText(database, kind, csv)
    const countOn = async (day: string) => {
      const snapshot = await seenOn(day)
      return (
        (snapshot?.intentSignals.length ?? 0) +
        (snapshot?.businessEvents.length ?? 0) +
        (snapshot?.customerEvents.length ?? 0)
      )
    }
    expect([await countOn('2024-03-10'), await countOn('2024-03-15'), await countOn('2024-03-21')]).toEqual([0, 1, 0])
  })

  it('that is an account is unknown from then on, its domain is free, and it can come back', async () => {
    const { counts } = await importText(
      database,
      'accounts',
      'external_id,known_at,deleted\nA,2024-06-01T00:00:00Z,true\n',
    )
    expect(counts).toMatchObject({ inserted: 1 })
    expect([(await seenOn('2024-06-01'))?.externalId, await seenOn('2024-06-02')]).toEqual(['A', undefined])
    expect(await rowsOf(database, 'select left(removed_at::text, 10) as removed from account_link')).toEqual([
      { removed: '2024-06-01' },
    ])
    await importText(database, 'accounts', 'external_id,known_at,domain\nA,2024-07-01T00:00:00Z,acme.com\n')
    expect([await seenOn('2024-06-02'), (await seenOn('2024-07-02'))?.externalId]).toEqual([undefined, 'A'])
    expect(await rowsOf(database, 'select removed_at from account_link')).toEqual([{ removed_at: null }])
  })

  it('that is a contact is nobody from then on', async () => {
    await importText(database, 'contacts', 'external_id,account_external_id,known_at\nC,A,2024-02-01T00:00:00Z\n')
    await importText(database, 'contacts', 'external_id,known_at,deleted\nC,2024-06-01T00:00:00Z,1\n')
    expect([(await seenOn('2024-05-01'))?.contacts.length, (await seenOn('2024-06-02'))?.contacts.length]).toEqual([
      1, 0,
    ])
  })

  it('that is an opportunity is neither won nor lost nor open', async () => {
    const header = 'external_id,account_external_id,opened_at,closed_at,outcome,known_at\n'
    await importText(database, 'opportunities', `${header}O,A,2024-02-01T00:00:00Z,,open,2024-02-01T00:00:00Z\n`)
    await importText(database, 'opportunities', 'external_id,known_at,deleted\nO,2024-06-01T00:00:00Z,true\n')
    expect([
      (await seenOn('2024-05-01'))?.opportunities.length,
      (await seenOn('2024-06-02'))?.opportunities.length,
    ]).toEqual([1, 0])
    expect(await listOpportunityHistories(database.db, at('2024-05-01'))).toHaveLength(1)
    expect(await listOpportunityHistories(database.db, at('2024-06-02'))).toHaveLength(0)
  })

  it('that is a link leads nowhere for what happens later', async () => {
    await importText(
      database,
      'account-links',
      'account_external_id,kind,value,known_at,deleted\nA,domain,acme.com,2024-03-02T00:00:00Z,true\n',
    )
    await importText(
      database,
      'activities',
      'source_id,kind,occurred_at,domain\n1,visit,2024-03-01,acme.com\n2,visit,2024-03-03,acme.com\n',
    )
    expect(
      await rowsOf(database, 'select source_id, account_id is not null as found from activity order by 1'),
    ).toEqual([
      { source_id: '1', found: true },
      { source_id: '2', found: false },
    ])
  })
})

describe('a reopened opportunity', () => {
  const header = 'external_id,account_external_id,opened_at,closed_at,outcome,known_at'
  const opened = 'O,A,2024-02-01T00:00:00Z,,open,2024-02-01T00:00:00Z'
  const lost = 'O,A,2024-02-01T00:00:00Z,2024-03-01T00:00:00Z,lost,2024-03-01T00:00:00Z'
  const again = 'O,A,2024-02-01T00:00:00Z,,open,2024-04-01T00:00:00Z'
  const won = 'O,A,2024-02-01T00:00:00Z,2024-06-01T00:00:00Z,won,2024-06-01T00:00:00Z'

  it.each([[[opened, lost, again, won]], [[won, again, lost, opened]]])(
    'is what it was known to be at each instant, whatever the order of rows',
    async (rows) => {
      for (const row of rows) await importText(database, 'opportunities', `${header}\n${row}\n`)
      const outcomeOn = async (day: string) => (await listOpportunityHistories(database.db, at(day)))[0]?.outcome
      const days = ['2024-02-15', '2024-03-15', '2024-04-15', '2024-06-15']
      expect(await Promise.all(days.map(outcomeOn))).toEqual(['open', 'lost', 'open', 'won'])
    },
  )
})

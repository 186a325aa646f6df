import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { listOpportunityHistories } from '../../../../../src/store/features/opportunity-histories.ts'
import { at } from '../../../../support/facts.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, opportunity cascade'))

const mapping = findPreset('salesforce', 'opportunities')
const HEADER = 'Id,AccountId,Name,StageName,Amount,CurrencyIsoCode,CloseDate,IsClosed,IsWon,CreatedDate,OwnerId\n'
const row = (stage: string, amount: number, close: string, flags: string, more = {}) => {
  const { account = '001Q', owner = 'u1', name = 'Deal' } = more as Record<string, string>
  return `006Q,${account},${name},${stage},${amount},EUR,${close},${flags},2024-01-10T08:00:00Z,${owner}\n`
}
const LOST = row('Closed Lost', 100, '2024-03-10', 'true,false')
const OPEN = row('Negotiation', 100, '2024-09-30', 'false,false')
const WON = row('Closed Won', 120, '2024-06-20', 'true,true')
const send = (csv: string, options = {}) => importText(database, 'opportunities', HEADER + csv, { mapping, ...options })

const versions = `select outcome, known_at as known, stage, backfilled from opportunity_version order by known_at`

async function outcomeKnown(asOf: string): Promise<string | undefined> {
  const [history] = await listOpportunityHistories(database.db, at(asOf))
  return history?.outcome
}

describe('three weekly exports without known_at: lost, open again, won', () => {
  it('say each what is news, and since when that is known', async () => {
    await importText(database, 'accounts', 'external_id\n001Q\n')
    const lost = await send(LOST)
    expect(lost.counts).toMatchObject({ read: 1, inserted: 1 })
    expect(lost.news).toEqual({})

    const open = await send(OPEN)
    expect(open.counts).toMatchObject({ read: 1, inserted: 1, unchanged: 0 })
    expect(open.news).toEqual({ reopened: 1, stage_changed: 1 })
    expect(open.notes.join()).toContain('1 opportunity that was closed is open again')
    expect(open.notes.join()).toContain('state known_at')
    // The past stays: it was lost until we heard otherwise.
    expect([await outcomeKnown('2024-05-01'), await outcomeKnown('2199-01-01')]).toEqual(['lost', 'open'])
    const again = await send(OPEN)
    expect(again.counts).toMatchObject({ unchanged: 1, inserted: 0, updated: 0 })
    expect(again.news).toEqual({})

    const won = await send(WON)
    expect(won.news).toEqual({ closed: 1, amount_changed: 1, stage_changed: 1 })
    expect(await rowsOf(database, versions)).toMatchObject([
      { outcome: 'open', backfilled: true },
      { outcome: 'lost', known: at('2024-03-11') },
      { outcome: 'open', known: open.startedAt, stage: 'Negotiation' },
      { outcome: 'won', known: won.startedAt },
    ])
    expect((await send(WON)).counts).toMatchObject({ unchanged: 1 })
  })

  it.each([1, 10])('in one file, %i rows a batch, are no news of one another', async (batchRows) => {
    const { news } = await send(LOST + OPEN, { batchRows })
    // No news, but contradicting rows of one file are named.
    expect(news).toEqual({ contradicted: 1 })
    expect(await rowsOf(database, versions)).toMatchObject([{ outcome: 'open' }, { outcome: 'lost' }])
  })

  it('count the same in a dry run, which writes nothing', async () => {
    await send(LOST)
    expect((await send(OPEN, { dryRun: true })).news).toEqual({ reopened: 1, stage_changed: 1 })
    expect(await rowsOf(database, versions)).toHaveLength(2)
  })
})

describe('what an export says otherwise of an opportunity', () => {
  it.each([
    ['a renamed stage', row('Contract', 100, '2024-09-30', 'false,false'), { stage_changed: 1 }],
    ['another amount', row('Negotiation', 150, '2024-09-30', 'false,false'), { amount_changed: 1 }],
    ['another owner', row('Negotiation', 100, '2024-09-30', 'false,false', { owner: 'u2' }), { owner_changed: 1 }],
    [
      'another account',
      row('Negotiation', 100, '2024-09-30', 'false,false', { account: '001R' }),
      { account_changed: 1 },
    ],
    ['another name', row('Negotiation', 100, '2024-09-30', 'false,false', { name: 'New' }), { other_changed: 1 }],
    ['a loss', LOST, { closed: 1, stage_changed: 1 }],
  ])('of an open one: %s', async (_, csv, news) => {
    await send(OPEN)
    const summary = await send(csv)
    expect(summary.news).toEqual(news)
    expect(summary.counts).toMatchObject({ unchanged: 0 })
    expect((await send(csv)).news).toEqual({})
  })

  it.each([
    ['a renamed stage', row('Lost', 100, '2024-03-10', 'true,false'), { stage_changed: 1 }],
    ['another amount', row('Closed Lost', 90, '2024-03-10', 'true,false'), { amount_changed: 1 }],
    ['another outcome', row('Closed Won', 100, '2024-03-10', 'true,true'), { outcome_changed: 1, stage_changed: 1 }],
  ])('of a closed one, corrected in place: %s', async (_, csv, news) => {
    await send(LOST)
    const { counts, news: told } = await send(csv)
    expect(told).toEqual(news)
    expect(counts).toMatchObject({ updated: 1 })
  })

  it('is part of the rows that the summary adds up', async () => {
    await send(LOST + OPEN.replaceAll('006Q', '006R'))
    const { counts } = await send(OPEN + OPEN.replaceAll('006Q', '006R') + WON.replaceAll('006Q', '006S'))
    const { read, inserted, updated, unchanged, duplicate, rejected, filtered } = counts
    expect(read).toBe(inserted + updated + unchanged + duplicate + rejected + filtered)
    expect(counts).toMatchObject({ inserted: 2, unchanged: 1 })
  })
})

describe('an outcome that lies ahead', () => {
  const AHEAD = row('Closed Won', 100, '2199-03-31', 'true,true')

  it('waits for its date, is counted, and is withdrawn by a row that says otherwise', async () => {
    await importText(database, 'accounts', 'external_id\n001Q\n')
    const summary = await send(AHEAD)
    expect(summary.counts).toMatchObject({ inserted: 1 })
    expect(summary.news).toEqual({ outcome_waits: 1 })
    expect(summary.notes).toContain('1 outcome lies ahead: it counts from its date')
    expect([await outcomeKnown('2199-03-01'), await outcomeKnown('2199-04-02')]).toEqual(['open', 'won'])

    const moved = await send(row('Closed Won', 100, '2199-06-30', 'true,true'))
    expect(moved.news).toMatchObject({ close_moved: 1, outcome_waits: 1 })
    expect([await outcomeKnown('2199-04-02'), await outcomeKnown('2199-07-02')]).toEqual(['open', 'won'])

    expect((await send(OPEN)).news).toMatchObject({ reopened: 1 })
    expect(await outcomeKnown('2199-07-02')).toBe('open')
  })

  it('is withdrawn by its deletion, and by an earlier date', async () => {
    await importText(database, 'accounts', 'external_id\n001Q\n')
    await send(AHEAD)
    await send(row('Closed Won', 100, '2024-06-20', 'true,true'))
    expect([await outcomeKnown('2024-06-20'), await outcomeKnown('2024-07-01')]).toEqual(['open', 'won'])
    await send(row('Closed Won', 100, '2199-03-31', 'true,true').replace('006Q', '006D'))
    const gone = await importText(database, 'opportunities', 'external_id,deleted\n006D,true\n')
    expect(gone.news).toMatchObject({ deleted: 1 })
    expect(await listOpportunityHistories(database.db, at('2199-05-01'))).toHaveLength(1)
  })
})

describe('two rows of one import', () => {
  const header = 'external_id,account_external_id,opened_at,closed_at,outcome\n'
  const first = 'O,A,2023-01-01,2023-03-01,won\n'
  const second = 'O,A,2023-02-01,2023-03-05,lost\n'

  it.each([1, 10])(
    'that open one opportunity on different days contradict each other, %i rows a batch',
    async (batchRows) => {
      const { counts, reasons, byFile } = await importText(database, 'opportunities', header + first + second, {
        batchRows,
      })
      expect(counts).toMatchObject({ read: 2, inserted: 1, rejected: 1 })
      expect(reasons).toEqual({ opened_twice: 1 })
      expect(byFile[0]?.rejections[0]?.first).toMatchObject({
        line: 3,
        column: 'opened_at',
        value: '2023-02-01',
        message: 'another row of this import opens O on 2023-01-01: two opportunities may share this id',
      })
      expect(await rowsOf(database, versions)).toMatchObject([{ outcome: 'open' }, { outcome: 'won' }])
    },
  )

  it('that repeat the opening are versions, and a later import may correct it', async () => {
    const again = 'O,A,2023-01-01,2023-03-05,lost\n'
    expect((await importText(database, 'opportunities', header + first + again)).counts).toMatchObject({ rejected: 0 })
    expect((await importText(database, 'opportunities', header + second)).counts).toMatchObject({ rejected: 0 })
  })
})

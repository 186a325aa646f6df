import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { completeRow, DEFAULT_SOURCE } from '../../../../../src/core/facts/import/complete-row.ts'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, opportunity, customer_event, spend cascade'))

// An organisation with one currency has no column of currencies in its exports.
const SALESFORCE = `Id,AccountId,Name,StageName,Amount,CloseDate,IsClosed,IsWon,CreatedDate
006U1,001U,a,Closed Won,100,2024-03-31,true,true,2024-01-10T08:00:00Z
006U2,001U,b,Closed Lost,,2024-03-31,true,false,2024-01-10T08:00:00Z
`
const HUBSPOT = `Record ID,Deal Name,Deal Stage,Close Date,Amount,Create Date,Is Closed Won,Is Deal Closed?,Associated Company IDs (Primary)
921,One,Closed won,2023-06-30 15:00,24000,2023-04-02 11:00,true,true,9201
`
const EVENTS = 'source_id,kind,occurred_at,account_external_id,amount\n1,renewal,2024-03-01,A,500\n'
const outcomes = `select o.external_id as id, v.outcome, v.amount::float8 as amount, v.currency
  from opportunity_version v join opportunity o using (opportunity_id) where v.outcome <> 'open' order by 1`

describe('amounts of an organisation with one currency', () => {
  it('are unknown where nothing names it, and their outcomes are kept', async () => {
    const salesforce = await importText(database, 'opportunities', SALESFORCE, {
      mapping: findPreset('salesforce', 'opportunities'),
    })
    const hubspot = await importText(database, 'opportunities', HUBSPOT, { mapping: findPreset('hubspot', 'deals') })
    expect([salesforce.counts, hubspot.counts]).toMatchObject([
      { read: 2, inserted: 2, rejected: 0 },
      { read: 1, inserted: 1, rejected: 0 },
    ])
    expect(await rowsOf(database, outcomes)).toEqual([
      { id: '006U1', outcome: 'won', amount: null, currency: null },
      { id: '006U2', outcome: 'lost', amount: null, currency: null },
      { id: '921', outcome: 'won', amount: null, currency: null },
    ])
  })

  it('have the one that the mapping states', async () => {
    const mapping = { ...findPreset('salesforce', 'opportunities'), currency: 'usd' }
    await importText(database, 'opportunities', SALESFORCE, { mapping })
    await importText(database, 'opportunities', HUBSPOT, {
      mapping: { ...findPreset('hubspot', 'deals'), currency: 'EUR' },
    })
    expect(await rowsOf(database, outcomes)).toEqual([
      { id: '006U1', outcome: 'won', amount: 100, currency: 'USD' },
      { id: '006U2', outcome: 'lost', amount: null, currency: null },
      { id: '921', outcome: 'won', amount: 24000, currency: 'EUR' },
    ])
  })

  it('keep the one that their row names', async () => {
    const csv =
      'external_id,account_external_id,opened_at,outcome,amount,currency\nO,A,2024-01-01,open,5,CHF\nP,A,2024-01-01,open,5,\n'
    await importText(database, 'opportunities', csv, { mapping: { kind: 'opportunities', currency: 'EUR' } })
    expect(await rowsOf(database, 'select currency from opportunity_version order by 1')).toEqual([
      { currency: 'CHF' },
      { currency: 'EUR' },
    ])
  })

  it('of customer events are unknown, or have the one that is stated', async () => {
    const amounts = 'select amount::float8 as amount, currency from customer_event order by known_at'
    expect((await importText(database, 'customer-events', EVENTS)).counts).toMatchObject({ inserted: 1, rejected: 0 })
    expect(await rowsOf(database, amounts)).toEqual([{ amount: null, currency: null }])
    await importText(database, 'customer-events', EVENTS, { mapping: { kind: 'customer-events', currency: 'EUR' } })
    expect((await rowsOf(database, amounts)).at(-1)).toEqual({ amount: 500, currency: 'EUR' })
  })

  it('of spend stop the file, or cost the row, since spend is kept by its currency, unless it is stated', async () => {
    const csv = 'month,channel,amount\n2024-03,search,500\n'
    await expect(importText(database, 'spend', csv)).rejects.toThrow(
      'column "currency", which spend require, is not in the header: state the one of all amounts by --currency EUR',
    )
    const refused = await importText(database, 'spend', 'month,channel,amount,currency\n2024-03,search,500,\n')
    expect(refused.byFile[0]?.rejections).toMatchObject([
      { reason: 'missing_value', first: { column: 'currency', message: expect.stringContaining('--currency EUR') } },
    ])
    await importText(database, 'spend', csv, { mapping: { kind: 'spend', currency: 'EUR' } })
    expect(await rowsOf(database, 'select currency, amount::float8 as amount from spend')).toEqual([
      { currency: 'EUR', amount: 500 },
    ])
  })
})

describe('a row with an amount and no currency', () => {
  const defaults = {
    source: DEFAULT_SOURCE,
    provider: undefined,
    initiatedBy: 'sales',
    declaredEvidence: false,
    providerLagDays: 7,
  }
  const deal = { external_id: 'O', opened_at: '2024-01-01T00:00:00.000000Z', outcome: 'open', amount: '5' }

  it('lists the cell, and says what to do', () => {
    expect(completeRow('opportunities', defaults)(deal, '{}')).toMatchObject({
      row: { outcome: 'open', amount: null },
      unreadable: [
        {
          field: 'amount',
          problem: {
            reason: 'missing_value',
            column: 'currency',
            value: '5',
            message: expect.stringContaining('--currency EUR'),
          },
        },
      ],
    })
  })

  it('is rejected where the mapping is strict', () => {
    expect(completeRow('opportunities', { ...defaults, strict: true })(deal, '{}')).toMatchObject({
      problem: { reason: 'missing_value', column: 'currency' },
    })
    expect(completeRow('opportunities', { ...defaults, strict: true, currency: 'EUR' })(deal, '{}')).toMatchObject({
      row: { amount: '5', currency: 'EUR' },
    })
  })
})

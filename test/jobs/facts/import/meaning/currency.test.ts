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

describe('amounts that name their currency', () => {
  const AMOUNTS =
    'select o.external_id as id, v.amount::float8 as amount, v.currency from opportunity_version v join opportunity o using (opportunity_id) order by 1'
  const dealsOf = (amounts: readonly (readonly [string, string])[]) =>
    `Deal ID,Company,Opened,Status,Deal Value,Deal Currency\n${amounts
      .map(([amount, currency], index) => `${index},A,2024-01-01,open,"${amount}",${currency}\n`)
      .join('')}`
  const columns = {
    external_id: 'Deal ID', account_external_id: 'Company', opened_at: 'Opened', outcome: 'Status',
    amount: 'Deal Value', currency: 'Deal Currency',
  } // biome-ignore format: two lines

  it('have the one of their sign or code where no column names it', async () => {
    const amounts = ['€1.250,00', '1250 USD', 'CHF 12', '$12', '£12', 'US$ 12', 'R$ 12', '12 zł'].map(
      (text) => [text, ''] as const,
    )
    await importText(database, 'opportunities', dealsOf(amounts), { mapping: { kind: 'opportunities', columns } })
    expect(await rowsOf(database, AMOUNTS)).toEqual([
      { id: '0', amount: 1250, currency: 'EUR' },
      { id: '1', amount: 1250, currency: 'USD' },
      { id: '2', amount: 12, currency: 'CHF' },
      { id: '3', amount: 12, currency: 'USD' },
      { id: '4', amount: 12, currency: 'GBP' },
      { id: '5', amount: 12, currency: 'USD' },
      { id: '6', amount: 12, currency: 'BRL' },
      { id: '7', amount: 12, currency: 'PLN' },
    ])
  })

  it('agree with their column, or are unknown and listed with both columns', async () => {
    const amounts = [['$1,250.00', 'CAD'], ['$1,250.00', 'EUR'], ['1250 USD', 'CAD'], ['€5', 'EUR'], ['kr 5', 'SEK'], ['$5 USD', 'EUR'], ['$5 EUR', '']] as const // biome-ignore format: one line
    const { byFile, notes } = await importText(database, 'opportunities', dealsOf(amounts), {
      mapping: { kind: 'opportunities', columns },
    })
    expect(await rowsOf(database, AMOUNTS)).toMatchObject(
      [1250, null, null, 5, 5, null, null].map((amount, index) => ({ id: `${index}`, amount })),
    )
    expect(byFile[0]?.findings.unreadable).toMatchObject([{ what: 'Deal Value', count: 4 }])
    expect(notes.join()).toContain(
      'line 3, "$1,250.00": "Deal Value" is not in EUR, which "Deal Currency" says: correct one of them',
    )
  })

  it.each([
    ['EUR', [null, 7, null]],
    ['CAD', [5, 7, null]],
    ['SEK', [null, 7, 9]],
    [undefined, [5, 7, null]],
  ])('are read beside --currency %s as it allows', async (currency, amounts) => {
    const csv = dealsOf([['$5', ''], ['€7', ''], ['9 kr', '']]) // biome-ignore format: one line
    await importText(database, 'opportunities', csv, { mapping: { kind: 'opportunities', columns }, currency })
    const rows = await rowsOf(database, AMOUNTS)
    expect(rows).toMatchObject(amounts.map((amount) => ({ amount })))
    expect(rows).toMatchObject([amounts[0] === null ? {} : { currency: currency ?? 'USD' }, { currency: 'EUR' }, {}])
  })

  it('cost the row of spend, which is kept by its currency', async () => {
    const csv = 'month,channel,amount,currency\n2024-03,search,$500,EUR\n2024-03,fairs,€500,\n'
    const { byFile } = await importText(database, 'spend', csv)
    expect(byFile[0]?.rejections).toMatchObject([
      { reason: 'bad_currency', count: 1, first: { line: 2, value: '$500' } },
    ])
    expect(await rowsOf(database, 'select currency, amount::float8 as amount from spend')).toEqual([
      { currency: 'EUR', amount: 500 },
    ])
  })

  it('are no revenue in dollars unless they are', async () => {
    const csv = 'external_id,Revenue\nA,$5M\nB,€5M\nC,1-5M EUR\nD,$1M to $4M\nE,5000000\nF,CAD 5M\n'
    const mapping = { kind: 'accounts', columns: { revenue_usd: 'Revenue' } }
    const { byFile } = await importText(database, 'accounts', csv, { mapping })
    const revenues = `select a.external_id as id, v.attributes->'revenue_usd' as usd from account_version v join account a using (account_id) order by 1`
    expect(await rowsOf(database, revenues)).toEqual([
      { id: 'A', usd: 5e6 },
      { id: 'B', usd: null },
      { id: 'C', usd: null },
      { id: 'D', usd: 2e6 },
      { id: 'E', usd: 5e6 },
      { id: 'F', usd: null },
    ])
    expect(byFile[0]?.findings.unreadable).toMatchObject([
      { what: 'Revenue', count: 3, first: { line: 3, value: '€5M', message: expect.stringContaining('US dollars') } },
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

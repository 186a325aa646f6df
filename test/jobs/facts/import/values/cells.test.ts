import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() => database.pool.query('truncate account, contact, opportunity, activity, spend cascade'))

const newest = (columns: string) => `select o.external_id as id, ${columns} from opportunity o cross join lateral (
  select * from opportunity_version v where v.opportunity_id = o.opportunity_id order by known_at desc limit 1) v order by 1`
const AMOUNTS = newest('v.amount::float8 as amount')
const SALESFORCE = 'Id,AccountId,Name,Amount,CurrencyIsoCode,CloseDate,IsClosed,IsWon,CreatedDate'

async function amountsOf(amounts: readonly string[], options: Parameters<typeof importText>[3] = {}) {
  const rows = amounts.map((amount, index) => `${index + 1};A;2023-01-01;2023-02-01;won;"${amount}";EUR`)
  const csv = ['external_id;account_external_id;opened_at;closed_at;outcome;amount;currency', ...rows].join('\n')
  await importText(database, 'opportunities', `${csv}\n`, options)
  const stored = (await rowsOf(database, AMOUNTS)) as { readonly id: string; readonly amount: number | null }[]
  return { amounts: stored.map(({ amount }) => amount) }
}

describe('amounts', () => {
  it('have an exponent from ten million up where the Data Loader wrote them', async () => {
    const rows = ['006A1,001A,x,9500000.0', '006A2,001A,y,1.2E7', '006A3,001A,z,1.15056052E8']
    const csv = [SALESFORCE, ...rows.map((row) => `${row},EUR,2024-02-01,true,true,2023-11-01T08:00:00Z`)].join('\n')
    const { counts } = await importText(database, 'opportunities', csv, {
      mapping: findPreset('salesforce', 'opportunities'),
    })
    expect(counts).toMatchObject({ inserted: 3 })
    expect(await rowsOf(database, AMOUNTS)).toMatchObject([
      { amount: 9_500_000 },
      { amount: 12_000_000 },
      { amount: 115_056_052 },
    ])
    await importText(database, 'spend', 'month,channel,amount,currency\n2024-01,fairs,1.2E7,EUR\n')
    expect(await rowsOf(database, 'select amount::float8 from spend')).toEqual([{ amount: 12_000_000 }])
  })

  const mixed = [
    '1.234,56',
    '1234,56',
    '1 234,56',
    '1,234.56',
    '€ 1234',
    '1199.9999999999998',
    '(250.00)',
    '1.355',
    '1.2E7',
  ]

  it('are read in any notation, and asked about where the file writes both', async () => {
    const { amounts } = await amountsOf(mixed)
    expect(amounts).toEqual([1234.56, 1234.56, 1234.56, 1234.56, 1234, 1200, -250, null, 12_000_000])
  })

  it('are what the mapping or the option says where they could be two', async () => {
    const mapping = { kind: 'opportunities', decimal: 'comma' }
    const { amounts } = await amountsOf(mixed, { mapping })
    expect(amounts).toEqual([1234.56, 1234.56, 1234.56, 1234.56, 1234, 1200, -250, 1355, 12_000_000])
    await database.pool.query('truncate opportunity cascade')
    expect((await amountsOf(['1,355', '1.355'], { decimal: 'point' })).amounts).toEqual([1355, 1.355])
  })

  it('are settled by the other cells of the column, wherever in the file those are', async () => {
    const german = [...Array.from({ length: 3000 }, (_, index) => String(index)), '1.355', '12,5']
    expect((await amountsOf(german)).amounts.filter((amount) => amount === 1355)).toHaveLength(2)
    await database.pool.query('truncate opportunity cascade')
    expect((await amountsOf(['1,355', '1.355', '12.5'])).amounts).toEqual([1355, 1.355, 12.5])
  })

  it('are settled by other columns of numbers where their own shows nothing', async () => {
    const rows = ['{"external_id":"a","revenue_usd":"1.355"}', '{"external_id":"b","employees":"12,5"}']
    await importText(database, 'accounts', rows.join('\n'))
    expect(
      await rowsOf(
        database,
        `select attributes->'revenue_usd' as revenue from account_version where attributes ? 'revenue_usd'`,
      ),
    ).toEqual([{ revenue: 1355 }])
  })

  it('are grouped in a file in which five differ and all have three digits behind one sign', async () => {
    const grouped = ['15,500', '1,200', '230,000', '€7,250', '3,100']
    expect((await amountsOf(grouped)).amounts).toEqual([15_500, 1200, 230_000, 7250, 3100])
    await database.pool.query('truncate opportunity cascade')
    expect((await amountsOf(grouped.slice(0, 4))).amounts).toEqual([null, null, null, null])
    await database.pool.query('truncate opportunity cascade')
    expect((await amountsOf([...grouped.slice(0, 4), '3.100', '3,100'])).amounts).toEqual([
      null,
      null,
      null,
      null,
      null,
      null,
    ])
  })

  it('of rates may have three decimals throughout', async () => {
    const days = ['1.085', '1.092', '1.101', '1.093', '1.088', '1.079']
    const rows = days.map((rate, index) => `EUR,2026-01-0${index + 1},${rate}`)
    await importText(database, 'rates', `currency,day,usd_per_unit\n${rows.join('\n')}\n`)
    const stored = await rowsOf(database, 'select usd_per_unit::float8 as rate from exchange_rate order by day')
    expect(stored).toEqual(days.map((rate) => ({ rate: Number(rate) })))
  })

  it('of JSON are the numbers that they are', async () => {
    const rows = ['{"external_id":"a","revenue_usd":1.355}', '{"external_id":"b","revenue_usd":"1.234,5"}']
    await importText(database, 'accounts', rows.join('\n'))
    expect(
      await rowsOf(database, `select attributes->'revenue_usd' as revenue from account_version order by account_id`),
    ).toEqual([{ revenue: 1.355 }, { revenue: 1234.5 }])
  })
})

describe('days', () => {
  const MAPPING = { ...findPreset('salesforce', 'opportunities'), time_zone: 'America/Sao_Paulo' }

  it('end at the first moment of the next, also where the clocks skip midnight', async () => {
    const rows = ['2018-11-02,true,true', '2018-11-03,true,true', '2018-11-04,true,false']
    const csv = [SALESFORCE, ...rows.map((row, index) => `006B${index},001B,x,100,BRL,${row},2018-09-01T08:00:00Z`)]
    const { counts } = await importText(database, 'opportunities', csv.join('\n'), { mapping: MAPPING })
    expect(counts).toMatchObject({ inserted: 3, rejected: 0 })
    expect(
      await rowsOf(database, newest(`to_char(v.closed_at at time zone 'UTC', 'MM-DD HH24:MI') as closed`)),
    ).toMatchObject([{ closed: '11-03 03:00' }, { closed: '11-04 03:00' }, { closed: '11-05 02:00' }])
    const visits = 'source_id,kind,occurred_at\n1,visit,2018-11-04\n2,visit,2018-11-05\n'
    const timeZone = 'America/Sao_Paulo'
    expect((await importText(database, 'activities', visits, { timeZone })).counts).toMatchObject({ inserted: 2 })
  })

  it('compare with days: known on the day of the close, or before it, is no contradiction', async () => {
    const header = `${SALESFORCE},SystemModstamp`
    const mapping = { ...findPreset('salesforce', 'opportunities'), time_zone: 'UTC' }
    const columns = { ...mapping.columns, known_at: 'SystemModstamp' }
    const rows = [
      '006S1,001S,x,100,EUR,2024-03-10,true,false,2024-01-10T08:00:00Z,2024-03-10T16:00:00Z',
      '006S2,001S,x,100,EUR,2024-03-31,true,true,2024-01-10T08:00:00Z,2024-03-12T16:00:00Z',
      '006S3,001S,x,100,EUR,2024-03-10,true,true,2024-01-10T08:00:00Z,2024-08-12T16:00:00Z',
      '006S4,001S,x,100,EUR,2024-03-10,true,true,2024-01-10T08:00:00Z,2024-01-10T08:00:00Z',
    ]
    const summary = await importText(database, 'opportunities', [header, ...rows].join('\n'), {
      mapping: { ...mapping, columns },
    })
    expect(summary.counts).toMatchObject({ inserted: 3, rejected: 1 })
    // The last is known when it was created: the wrong column.
    expect(summary.reasons).toEqual({ known_before_close: 1 })
    const text = (column: string) => `to_char(v.${column} at time zone 'UTC', 'MM-DD HH24:MI') as ${column}`
    expect(await rowsOf(database, newest(`${text('closed_at')}, ${text('known_at')}`))).toEqual([
      { id: '006S1', closed_at: '03-11 00:00', known_at: '03-11 00:00' },
      { id: '006S2', closed_at: '03-12 16:00', known_at: '03-12 16:00' },
      { id: '006S3', closed_at: '03-11 00:00', known_at: '08-12 16:00' },
    ])
  })

  it('of a column that writes some with slashes follow those that can be read one way', async () => {
    const rows = ['1,visit,3/4/2024', '2,visit,31/12/2024']
    await importText(database, 'activities', ['source_id,kind,occurred_at', ...rows].join('\n'))
    expect(await rowsOf(database, 'select left(occurred_at::text, 10) as at from activity order by source_id')).toEqual(
      [{ at: '2024-04-03' }, { at: '2024-12-31' }],
    )
    const american = ['source_id,kind,occurred_at', '3,visit,3/4/2024', '4,visit,12/31/2024'].join('\n')
    await importText(database, 'activities', american)
    const alone = await importText(database, 'activities', 'source_id,kind,occurred_at\n5,visit,3/4/2024\n')
    expect(alone.reasons).toEqual({ ambiguous_date: 1 })
    expect(
      await rowsOf(
        database,
        `select left(occurred_at::text, 10) as at from activity where source_id >= '3' order by source_id`,
      ),
    ).toEqual([{ at: '2024-03-04' }, { at: '2024-12-31' }])
  })
})

describe('ids', () => {
  it('of 15 and of 18 characters are one account', async () => {
    await importText(database, 'accounts', 'Id,Name\n0015g00000XyZabAAD,Globe Foods\n', {
      mapping: { kind: 'accounts', columns: { external_id: 'Id', name: 'Name' } },
    })
    const report = '"0065g00000AbCde","0015g00000XyZab","Closed Won","12000.00","USD","2/29/2024","12/1/2023"'
    const header = 'external_id,account_external_id,stage,amount,currency,closed_at,opened_at'
    const mapping = { kind: 'opportunities', columns: { outcome: { constant: 'won' } } }
    await importText(database, 'opportunities', `${header}\n${report}\n`, { mapping })
    expect(
      await rowsOf(
        database,
        `select o.external_id as id, a.external_id as account, left(v.closed_at::text, 10) as closed, left(v.opened_at::text, 10) as opened
         from opportunity o join account a using (account_id) join opportunity_version v using (opportunity_id)
         where v.outcome = 'won'`,
      ),
    ).toEqual([{ id: '0065g00000AbCdeAAF', account: '0015g00000XyZabAAF', closed: '2024-02-29', opened: '2023-12-01' }])
  })

  it('that a spreadsheet rounded, or that stand for nothing, are refused and never merged', async () => {
    const accounts = ['Ivy', 'Juniper', 'Kelp'].map((name) => `1.23457E+11,${name}`)
    const first = await importText(database, 'accounts', ['external_id,name', ...accounts].join('\n'))
    expect(first).toMatchObject({ counts: { inserted: 0, rejected: 3 }, reasons: { bad_key: 3 } })
    const more = ['#REF!,A', '#N/A,B', '#VALUE!,C', 'NULL,D', '"1,23457E+11",E', '-,F', 'nan,G', '#NOM?,H']
    const second = await importText(database, 'accounts', ['external_id,name', ...more].join('\n'))
    expect(second.reasons).toEqual({ bad_key: 8 })
    const deals = ['2.00001E+11,1.23457E+11,2023-01-01,2023-03-01,won', '7,#N/A,2023-01-01,2023-03-01,won']
    const header = 'external_id,account_external_id,opened_at,closed_at,outcome'
    await importText(database, 'opportunities', [header, ...deals].join('\n'))
    expect(await rowsOf(database, 'select external_id from account')).toEqual([])
    expect(
      await rowsOf(database, `select 1 from opportunity where external_id like '%E+%' or account_external_id <> ''`),
    ).toEqual([])
  })

  it('meet however two systems write them', async () => {
    const known = ['123', '6f9619ff-8b86-d011-b42d-00cf4fc964ff', 'M\u00FCller', 'A1']
    await importText(database, 'accounts', ['external_id', ...known].join('\n'))
    const written = ['123.0', '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}', 'Mu\u0308ller', '\u200BA1\u00A0']
    const visits = written.map((key, index) => `${index},visit,2024-03-01,${key}`)
    const { counts } = await importText(
      database,
      'activities',
      ['source_id,kind,occurred_at,account_external_id', ...visits].join('\n'),
    )
    expect(counts).toMatchObject({ inserted: 4, unmatched: 0 })
  })

  it('in a list are never one unknown id', async () => {
    const csv = 'external_id,account_external_id,email\nC,71;72;73,ann@acme.com\n'
    await importText(database, 'contacts', csv)
    expect(await rowsOf(database, `select 1 from contact_version where account_external_id like '%;%'`)).toEqual([])
  })
})

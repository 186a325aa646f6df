import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importFiles, type ImportSummary } from '../../../../src/jobs/facts/import/import.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { importText, rowsOf } from '../../../support/import-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query('truncate account, contact, activity, opportunity, spend, feed_start, import_run cascade'),
)

const HEADER = 'month,channel,amount,currency'

/** `line reason` of each rejected row, in the order of lines. */
async function rejectsOf({ rejectsFiles }: ImportSummary): Promise<string[]> {
  const text = await readFile(rejectsFiles[0] ?? '', 'utf8')
  const lines = [...text.matchAll(/^[^\n]*?\.(?:csv|jsonl),(\d+),(?:[^,\n]*),(?:"(?:[^"]|"")*"|[^,\n]*),(\w+),/gm)]
  return lines.map((match) => `${match[1]} ${match[2]}`).toSorted((a, b) => Number.parseInt(a) - Number.parseInt(b))
}

const channels = async () =>
  (await rowsOf(database, 'select channel from spend order by channel')).map(
    (row) => (row as { channel: string }).channel,
  )

describe('a bad file', () => {
  it('with a byte order mark, mixed line ends, blank lines and semicolons is read all the same', async () => {
    const csv = `\uFEFF${HEADER}\r\n2024-01,a,1,EUR\n\r\n\n2024-01,b,1,EUR\r2024-01,c,1,EUR\r\n2024-01,bad,x,EUR`
    const summary = await importText(database, 'spend', csv.replaceAll(',', ';'))
    expect(summary.counts).toMatchObject({ read: 4, inserted: 3, rejected: 1 })
    // Line 1 is the header, 3 and 4 are blank.
    expect(await rejectsOf(summary)).toEqual(['7 bad_number'])
  })

  it.each([
    [`month,channel,channel,amount,currency\n`, 'column "channel" appears twice in the header'],
    ['month,channel,amount,curency\n', 'column "curency" is not one that spend have; did you mean currency?'],
    ['month,channel,amount\n', 'column "currency", which spend require, is not in the header'],
    ['', 'is empty: expected a header line'],
    ['\n\n', 'is empty: expected a header line'],
    ['[{"month": "2024-01"}]\n', 'is a JSON array: expected one JSON object a line'],
    ['{"month": "2024-01", "chanel": "x"}\n', 'column "chanel" is not one that spend have; did you mean channel?'],
  ])('that cannot be right is refused before anything is written: %j', async (text, message) => {
    await expect(importText(database, 'spend', text)).rejects.toThrow(message)
    expect(await rowsOf(database, 'select 1 from import_run')).toEqual([])
  })

  it('of a header only holds nothing, which is no fault', async () => {
    expect((await importText(database, 'spend', HEADER)).counts).toMatchObject({ read: 0, rejected: 0 })
  })

  it('loses no more than one line to an unclosed quote', async () => {
    const csv = [HEADER, '2024-01,a,1,EUR', '2024-01,"b,1,EUR', '2024-01,c,1,EUR', '2024-01,d,1,EUR', ''].join('\n')
    const summary = await importText(database, 'spend', csv)
    expect(await rejectsOf(summary)).toEqual(['3 malformed_csv'])
    expect(await channels()).toEqual(['a', 'c', 'd'])
    // Also where a later quote seems to close it.
    await database.pool.query('truncate spend')
    const again = await importText(database, 'spend', `${csv}2024-01,"e, with a comma",1,EUR\n`)
    expect(await rejectsOf(again)).toEqual(['3 malformed_csv'])
    expect(await channels()).toEqual(['a', 'c', 'd', 'e, with a comma'])
  })

  it('keeps NUL, wrong cell counts and stray quotes to their rows', async () => {
    const csv = [
      HEADER,
      '2024-01,a\0b,1,EUR',
      '2024-01,c,1',
      '2024-01,d,1,EUR,x',
      '2024-01,5" pipe,1,EUR',
      '2024-01,ok,1,EUR',
    ]
    const summary = await importText(database, 'spend', csv.join('\n'))
    expect(await rejectsOf(summary)).toEqual([
      '2 bad_character',
      '3 wrong_column_count',
      '4 wrong_column_count',
      '5 malformed_csv',
    ])
    expect(await channels()).toEqual(['ok'])
  })

  it('of 256 MB in one line costs one row and no memory', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'winrate-long-'))
    const file = path.join(folder, 'long.csv')
    const long = function* () {
      yield `${HEADER}\n2024-01,a,1,EUR\n2024-01,`
      for (let mebibyte = 0; mebibyte < 256; mebibyte += 1) yield 'x'.repeat(1024 * 1024)
      yield ',1,EUR\n2024-01,b,1,EUR\n2024-01,"'
      for (let mebibyte = 0; mebibyte < 8; mebibyte += 1) yield 'y,'.repeat(512 * 1024)
      yield '\n2024-01,c,1,EUR\n'
    }
    await pipeline(Readable.from(long()), createWriteStream(file))
    let peak = 0
    const before = process.memoryUsage().rss
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 10)
    const summary = await importFiles(database.pool, { kind: 'spend', files: [file], rejectsFile: `${file}.rejects` })
    clearInterval(timer)
    await expect(rejectsOf({ ...summary, rejectsFiles: [`${file}.rejects`] })).resolves.toEqual([
      '3 too_large',
      '5 too_large',
    ])
    expect(await channels()).toEqual(['a', 'b', 'c'])
    expect(peak / 2 ** 20).toBeLessThan(128)
    await rm(folder, { recursive: true })
  })

  it('of JSON Lines makes no id of true or of a list, unless a mapping names the column', async () => {
    const lines = '{"external_id":true}\n{"external_id":["x"]}\n{"external_id":7}\n{"external_id":"a","employees":-1}\n'
    const summary = await importText(database, 'accounts', lines)
    expect(await rejectsOf(summary)).toEqual(['1 bad_json_value', '2 bad_json_value', '4 out_of_range'])
    const columns = { external_id: 'external_id', industry: { column: 'public', values: { true: 'state' } } }
    const mapping = { kind: 'accounts', columns }
    const mapped = await importText(database, 'accounts', '{"external_id":["x"],"public":true}\n', { mapping })
    expect(mapped.counts).toMatchObject({ inserted: 1, rejected: 0 })
  })

  it('of CSV with fewer than no employees, or more than a double can count, costs the row', async () => {
    const csv = 'external_id,employees\na,-1\nb,9007199254740993\nc,9007199254740991\n'
    const summary = await importText(database, 'accounts', csv)
    expect(await rejectsOf(summary)).toEqual(['2 out_of_range', '3 out_of_range'])
  })

  it('may hold dates in two formats, of which the mapping says which comes first', async () => {
    const occurred_at = { column: 'Date', format: ['dd.MM.yyyy', 'ISO', 'MM/dd/yyyy'], time_zone: 'UTC' }
    const mapping = { kind: 'activities', columns: { source_id: 'Id', kind: { constant: 'visit' }, occurred_at } }
    const csv = 'Id,Date\n1,31.01.2024\n2,2024-02-29T10:00:00Z\n3,03/04/2024\n4,31/31/2024\n'
    const summary = await importText(database, 'activities', csv, { mapping })
    expect(await rejectsOf(summary)).toEqual(['5 bad_instant'])
    expect(
      await rowsOf(database, 'select left(occurred_at::text, 10) as day from activity order by source_id'),
    ).toEqual([{ day: '2024-01-31' }, { day: '2024-02-29' }, { day: '2024-03-04' }])
  })

  it('in which two accounts claim a domain leaves what only the domain could tell with neither, and says so', async () => {
    const { notes } = await importText(database, 'accounts', 'external_id,domain\nA,acme.com\nB,acme.com\nC,c.com\n')
    expect(notes).toEqual(['1 domain, network or visitor is claimed by several accounts and leads to none of them'])
    const { counts } = await importText(
      database,
      'activities',
      'source_id,kind,occurred_at,domain\n1,visit,2024-03-01,acme.com\n',
    )
    expect(counts).toMatchObject({ inserted: 1, unmatched: 1 })
  })

  it('keeps a contact of nobody, and refuses an opportunity that closed before it opened', async () => {
    const contacts = await importText(database, 'contacts', 'external_id,account_external_id\nC,\nD,nowhere\n')
    expect(contacts.counts).toMatchObject({ inserted: 2, unmatched: 2 })
    const csv =
      'external_id,account_external_id,opened_at,closed_at,outcome\nO,A,2024-03-01,2024-02-01,won\nP,A,2024-01-01,2024-02-01,won\n'
    const summary = await importText(database, 'opportunities', csv)
    expect(await rejectsOf(summary)).toEqual(['2 closed_before_opened'])
    expect(summary.counts).toMatchObject({ inserted: 1 })
  })
})

describe('an encoding', () => {
  const csv = `${HEADER}\n2024-01,Bücher – und €,1,EUR\n2024-01,Žižkov,1,EUR\n`
  const windows1252 = Buffer.from(
    csv.replaceAll('–', '\x96').replaceAll('€', '\x80').replaceAll('Ž', '\x8e').replaceAll('ž', '\x9e'),
    'latin1',
  )

  it.each([
    ['UTF-8', Buffer.from(csv)],
    ['UTF-16, little end first', Buffer.from(`\uFEFF${csv}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\uFEFF${csv}`, 'utf16le').swap16()],
  ])('of %s is found out', async (_, bytes) => {
    const { notes } = await importText(database, 'spend', bytes)
    expect(notes).toEqual([])
    expect(await channels()).toEqual(['Bücher – und €', 'Žižkov'])
  })

  it('that is not UTF-8 is read as windows-1252, and the summary says so', async () => {
    const { notes } = await importText(database, 'spend', windows1252)
    expect(notes[0]).toContain('not UTF-8: read as windows-1252')
    expect(await channels()).toEqual(['Bücher – und €', 'Žižkov'])
  })

  it('is found out however far down the first odd byte stands', async () => {
    const plain = Array.from({ length: 50_000 }, (_, index) => `2024-01,c${index},1,EUR`).join('\n')
    const { notes } = await importText(
      database,
      'spend',
      Buffer.concat([Buffer.from(`${HEADER}\n${plain}\n`), windows1252.subarray(HEADER.length + 1)]),
      { dryRun: true },
    )
    expect(notes[0]).toContain('windows-1252')
  })

  it('that was stated is believed', async () => {
    await importText(database, 'spend', Buffer.from(`${HEADER}\n2024-01,\xa4,1,EUR\n`, 'latin1'), {
      encoding: 'iso-8859-15',
    })
    expect(await channels()).toEqual(['€'])
    const { reasons } = await importText(database, 'spend', windows1252, { encoding: 'utf-8' })
    expect(reasons).toEqual({ bad_character: 2 })
  })

  it('of a good UTF-8 file with one broken row stays UTF-8', async () => {
    const broken = Buffer.concat([Buffer.from(csv), Buffer.from('2024-01,caf\xe9,1,EUR\n', 'latin1')])
    const summary = await importText(database, 'spend', broken)
    expect(await rejectsOf(summary)).toEqual(['4 bad_character'])
    expect(await channels()).toEqual(['Bücher – und €', 'Žižkov'])
  })
})

describe('JSON Lines', () => {
  const mapping = {
    kind: 'accounts',
    columns: { external_id: 'id', known_at: 'meta.created', domain: 'sites', industry: 'firm.industry', in_crm: 'crm' },
    attributes: 'rest',
  }
  const lines = [
    '{"id": 12345678901234567890, "meta": {"created": "2024-01-01T00:00:00Z"}, "sites": ["acme.com", "acme.de"], "firm": {"industry": "retail"}, "crm": true}',
    '',
    '{"id": "B", "meta": null, "score": 7, "tags": ["x", "y"], "more": {"a": 1}}',
    '{"id": "C"',
    '[1]',
    '{"id": {"deep": 1}}',
    '{"industry": "nameless"}',
  ]

  it('go through the same mapping, and each fault names its line', async () => {
    const summary = await importText(database, 'accounts', lines.join('\r\n'), { mapping, gzip: true })
    expect(summary.counts).toMatchObject({ read: 6, inserted: 2, rejected: 4 })
    expect(await rejectsOf(summary)).toEqual([
      '4 malformed_json',
      '5 malformed_json',
      '6 bad_json_value',
      '7 missing_value',
    ])
    expect(
      await rowsOf(
        database,
        'select a.external_id as id, v.attributes from account a join account_version v using (account_id) order by 1',
      ),
    ).toEqual([
      { id: '12345678901234567890', attributes: { industry: 'retail', in_crm: true } },
      { id: 'B', attributes: { score: '7', tags: 'x;y', more: '{"a":1}' } },
    ])
    expect(await rowsOf(database, 'select value from account_link order by value')).toEqual([
      { value: 'acme.com' },
      { value: 'acme.de' },
    ])
  })

  it('give the same rows as CSV, and a row with an unknown key is rejected', async () => {
    const text = [
      '{"month": "2024-01", "channel": "a", "amount": 10.5, "currency": "EUR"}',
      '{"month": "2024-01", "channel": "b", "amount": "1e3", "currency": "EUR", "note": "x"}',
      `{"month": "2024-01", "channel": "${'x'.repeat(1_100_000)}", "amount": 1, "currency": "EUR"}`,
      '{"channel": "c", "currency": "EUR", "amount": 1, "month": "2024-01"}',
    ].join('\n')
    const summary = await importText(database, 'spend', text)
    expect(await rejectsOf(summary)).toEqual(['2 unknown_key', '3 too_large'])
    const csv = await importText(database, 'spend', `${HEADER}\n2024-01,a,10.5,EUR\n2024-01,c,1,EUR\n`)
    expect(csv.counts).toMatchObject({ unchanged: 2 })
  })
})

describe('a dry run', () => {
  it.each([1, 3, 100])('counts what the real run counts and writes nothing, %i rows a batch', async (batchRows) => {
    const accounts =
      'external_id,known_at,domain,industry\nA,2024-01-01,acme.com,x\nA,,acme.com,y\nB,,b.com,x\nA,,acme.com,z\n'
    const activities =
      'source_id,kind,occurred_at,account_external_id\n1,visit,2024-03-01,A\n2,visit,2024-03-01,\n1,call,2024-03-02,A\n3,visit,never,A\n'
    const before = await rowsOf(database, 'select count(*) from import_run')
    for (const [kind, csv] of [
      ['accounts', accounts],
      ['activities', activities],
      ['activities', activities.replace('visit', 'demo')],
    ] as const) {
      const dry = await importText(database, kind, csv, { batchRows, dryRun: true })
      const again = await importText(database, kind, csv, { batchRows, dryRun: true })
      const real = await importText(database, kind, csv, { batchRows })
      expect([dry.counts, dry.reasons]).toEqual([real.counts, real.reasons])
      expect(again.counts).toEqual(dry.counts)
      expect(dry.rematched).toBe(real.rematched)
    }
    const [{ count: runs } = { count: 0 }] = (await rowsOf(database, 'select count(*) from import_run')) as {
      count: number
    }[]
    expect(runs - ((before[0] as { count: number }).count ?? 0)).toBe(3)
  })
})

describe('rates and dates of qualification', () => {
  it('are kept: the last rate of a day, and each version of a contact with its date', async () => {
    const csv = 'currency,day,usd_per_unit\neur,2024-01-02,1.0956\nEUR,2024-01-02,1.0957\nJPY,2024-01-02,0\n'
    const summary = await importText(database, 'rates', csv)
    expect(summary.counts).toMatchObject({ inserted: 1, duplicate: 1, rejected: 1 })
    expect(await rowsOf(database, 'select currency, usd_per_unit::float8 as rate from exchange_rate')).toEqual([
      { currency: 'EUR', rate: 1.0957 },
    ])
    await importText(
      database,
      'contacts',
      'external_id,mql_at,known_at,owner,do_not_contact,consent\nC,2024-02-03,2024-02-03,Jo,no,opted_in\n',
    )
    expect(await rowsOf(database, 'select mql_at, attributes from contact_version')).toEqual([
      {
        mql_at: '2024-02-03T00:00:00.000000Z',
        attributes: { owner: 'Jo', do_not_contact: false, consent: 'opted_in' },
      },
    ])
  })
})

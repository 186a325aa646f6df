import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ROW_EXAMPLES } from '../../../../src/http/routes/facts/ingest-rows.ts'
import { RECEIVED_KINDS, type ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { untilSessionsWait } from '../../../support/server/waiting-sessions.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

/** @param to a kind, perhaps with a query: `accounts?strict=true` */
async function send(
  to: ReceivedKind | `${ReceivedKind}?${string}`,
  body: object | string,
  headers: Record<string, string> = {},
) {
  const [kind, query = ''] = to.split('?')
  const answer = await service.call({
    method: 'POST',
    url: `/v1/${kind}/batch?${query}`,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
  return { status: answer.statusCode, ...answer.json() }
}
const rows = (...given: readonly unknown[]) => ({ rows: given })
const statuses = (answer: { results: readonly { status: string }[] }) => answer.results.map(({ status }) => status)
const stored = (query: string) => rowsOf(service.database, query)
const visit = (id: string, more: object = {}) => ({
  source_id: id,
  kind: 'visit',
  occurred_at: '2026-03-01T08:00:00Z',
  ...more,
})

describe('a batch', () => {
  it.each(RECEIVED_KINDS)('of %s is stored, and sent again changes nothing', async (kind) => {
    const examples = ROW_EXAMPLES[kind].filter((row) => !('deleted' in row))
    expect(await send(kind, rows(...examples))).toMatchObject({ status: 200, created: examples.length, rejected: 0 })
    expect(await send(kind, rows(...examples))).toMatchObject({ status: 200, unchanged: examples.length, rejected: 0 })
  })

  it('answers for every row, in order, and stores the valid ones', async () => {
    const answer = await send('activities', rows(visit('g1'), { source_id: 'g2' }, visit('g3'), 'x', visit('g1')))
    expect(statuses(answer)).toEqual(['created', 'rejected', 'created', 'rejected', 'created'])
    expect(answer.results[1]).toEqual({
      index: 1,
      status: 'rejected',
      matched: null,
      errors: [{ pointer: '#/rows/1/kind', code: 'missing_value', message: 'kind is required' }],
    })
    expect(answer).toMatchObject({ received: 5, created: 3, rejected: 2, unmatched: 3 })
    expect(await stored(`select source_id from activity where source_id ~ '^g' order by 1`)).toEqual([
      { source_id: 'g1' },
      { source_id: 'g3' },
    ])
  })

  it('takes a number for an id, but no other JSON than a text, and says where', async () => {
    const answer = await send(
      'accounts',
      '{"rows":[{"external_id":true},{"external_id":["t2"]},{"external_id":4711},{"external_id":"t4","employees":9007199254740993}]}',
    )
    expect(statuses(answer)).toEqual(['rejected', 'rejected', 'created', 'created'])
    const errors = answer.results.flatMap((result: { errors?: readonly object[] }) => result.errors ?? [])
    expect(errors).toMatchObject([
      { pointer: '#/rows/0/external_id', code: 'bad_json_value' },
      { pointer: '#/rows/1/external_id', code: 'bad_json_value' },
    ])
    expect(answer.results[3].unreadable).toEqual([
      {
        pointer: '#/rows/3/employees',
        code: 'out_of_range',
        message: 'employees must lie in 0 to 9007199254740991, got 9007199254740993',
      },
    ])
  })

  it('stores a row without the values that it cannot read, and lists them; strict rejects it', async () => {
    const row = {
      external_id: 'u1',
      domain: ['u1.example.com', 'not a domain'],
      employees: 'some',
      attributes: { tier: 2, nested: {} },
    }
    const answer = await send('accounts', rows(row, { external_id: 'u2', deleted: 'perhaps' }))
    expect(statuses(answer)).toEqual(['created', 'rejected'])
    expect(answer.results[0].errors).toEqual([])
    expect(
      answer.results[0].unreadable.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]),
    ).toEqual([
      ['#/rows/0/domain', 'bad_domain'],
      ['#/rows/0/employees', 'bad_number'],
      ['#/rows/0/attributes/nested', 'bad_json_value'],
    ])
    expect(
      await stored(`select attributes from account_version join account using (account_id) where external_id = 'u1'`),
    ).toEqual([{ attributes: { tier: 2 } }])
    const strict = await send('accounts?strict=true', rows({ ...row, external_id: 'u3' }))
    expect(strict).toMatchObject({ created: 0, rejected: 1 })
    expect(strict.results[0]).toMatchObject({ errors: [{ pointer: '#/rows/0/domain', code: 'bad_domain' }] })
    expect(await send('accounts?strict=perhaps', rows(row))).toMatchObject({ status: 400 })
  })

  it('converges when rejected rows are fixed and sent alone', async () => {
    await send('accounts?strict=true', rows({ external_id: 'm1', employees: 'many' }, { external_id: 'm2' }))
    expect(await send('accounts', rows({ external_id: 'm1', employees: 5 }))).toMatchObject({ created: 1 })
    const whole = rows({ external_id: 'm1', employees: 5 }, { external_id: 'm2' })
    expect(await send('accounts', whole)).toMatchObject({ unchanged: 2 })
  })

  it('that is atomic stores nothing when one row is bad, and says which', async () => {
    const unreadable = await send('accounts?strict=true', {
      ...rows({ external_id: 'x1' }, { external_id: 'x2', employees: 'x' }),
      atomic: true,
    })
    expect(unreadable).toMatchObject({ status: 422, code: 'rows_rejected', detail: '1 of 2 rows were rejected' })
    expect(unreadable.errors).toEqual([
      { in: 'body', pointer: '#/rows/1/employees', detail: expect.stringContaining('bad_number') },
    ])
    // What only the database can tell: nothing is known of what is to be closed.
    const closing = { external_id: 'x4', outcome: 'won', closed_at: '2026-03-01T08:00:00Z' }
    const unknown = await send('opportunities', { ...rows(closing), atomic: true })
    expect(unknown).toMatchObject({ status: 422, errors: [{ pointer: '#/rows/0/external_id' }] })
    expect(
      await stored(
        `select from account where external_id ~ '^x' union all select from activity where source_id ~ '^x'`,
      ),
    ).toEqual([])
    expect(await send('activities', { ...rows(visit('x3')), atomic: true })).toMatchObject({ status: 200, created: 1 })
  })

  it('says of a correction that it updates, and keeps what was known before', async () => {
    await send('activities', rows(visit('c1')))
    expect(statuses(await send('activities', rows(visit('c1', { kind: 'demo_request' }))))).toEqual(['updated'])
    expect(statuses(await send('activities', rows({ source_id: 'c1', deleted: true })))).toEqual(['updated'])
    expect(await stored(`select kind, deleted from activity where source_id = 'c1' order by known_at`)).toEqual([
      { kind: 'visit', deleted: false },
      { kind: 'demo_request', deleted: false },
      { kind: 'demo_request', deleted: true },
    ])
    expect(statuses(await send('activities', rows({ source_id: 'c1', deleted: true })))).toEqual(['unchanged'])
    const unknown = await send('activities', rows({ source_id: 'never', deleted: true }))
    expect(unknown.results[0]).toMatchObject({ status: 'unchanged', news: ['nothing_to_delete'] })
  })

  it('with an Idempotency-Key has one effect and one answer', async () => {
    const key = { 'idempotency-key': 'batch-1' }
    const first = await send('accounts', rows({ external_id: 'i1' }), key)
    expect(first).toMatchObject({ status: 200, created: 1 })
    expect(await send('accounts', rows({ external_id: 'i1' }), key)).toEqual(first)
    expect(await send('accounts', rows({ external_id: 'i2' }), key)).toMatchObject({ code: 'idempotency_key_reused' })
    expect(await stored(`select from account where external_id = 'i2'`)).toEqual([])
  })
})

describe('what is received without a date', () => {
  it('is known from the moment of receipt, and is not backfilled', async () => {
    const [{ before }] = (await stored('select clock_timestamp() as before')) as [{ before: string }]
    await send('accounts', rows({ external_id: 'k1', domain: ['k1.com'] }))
    await send('contacts', rows({ external_id: 'k1', account_external_id: 'k1' }))
    await send('activities', rows(visit('k1', { account_external_id: 'k1' })))
    const deal = {
      external_id: 'k1',
      account_external_id: 'k1',
      opened_at: '2026-01-01',
      outcome: 'won',
      closed_at: '2026-02-01',
    }
    await send('opportunities', rows(deal))
    const dates = await stored(`
      select v.known_at, v.backfilled from account_version v join account a using (account_id) where a.external_id = 'k1'
      union all select l.known_at, l.backfilled from account_link l where value = 'k1.com'
      union all select v.known_at, v.backfilled from contact_version v join contact c using (contact_id) where external_id = 'k1'
      union all select known_at, known_at_assumed from activity where source_id = 'k1'
      union all select v.known_at, v.backfilled from opportunity_version v join opportunity o using (opportunity_id)
        where external_id = 'k1'`)
    expect(dates).toHaveLength(5)
    for (const { known_at: knownAt, backfilled } of dates as { known_at: string; backfilled: boolean }[]) {
      expect(backfilled).toBe(false)
      expect(knownAt > before).toBe(true)
    }
    // Told again, and told otherwise.
    expect(await send('opportunities', rows(deal))).toMatchObject({ unchanged: 1 })
    expect(
      await send(
        'opportunities',
        rows({ external_id: 'k1', outcome: 'won', closed_at: '2026-02-01', amount: 5, currency: 'EUR' }),
      ),
    ).toMatchObject({ updated: 1 })
    expect(await send('accounts', rows({ external_id: 'k1', domain: ['k1.com'], name: 'K' }))).toMatchObject({
      updated: 1,
    })
    expect(
      await stored(`select from account_version v join account a using (account_id) where external_id = 'k1'`),
    ).toHaveLength(2)
  })

  it('may say when it was known, or since when there is a record of it', async () => {
    await send(
      'accounts',
      rows(
        { external_id: 'd1', known_at: '2025-01-01T00:00:00Z' },
        { external_id: 'd2', created_at: '2025-02-01T00:00:00Z' },
      ),
    )
    await send('activities', rows(visit('d1', { known_at: '2026-03-01T09:00:00Z' })))
    expect(
      await stored(
        `select external_id, known_at, backfilled from account where external_id in ('d1', 'd2') order by 1`,
      ),
    ).toEqual([
      { external_id: 'd1', known_at: '2025-01-01T00:00:00.000000Z', backfilled: false },
      { external_id: 'd2', known_at: '2025-02-01T00:00:00.000000Z', backfilled: true },
    ])
    expect(await stored(`select known_at from activity where source_id = 'd1'`)).toEqual([
      { known_at: '2026-03-01T09:00:00.000000Z' },
    ])
  })
})

describe('what waits for its account', () => {
  it('has it as soon as the account or the person arrives', async () => {
    const waiting = [
      visit('w1', { account_external_id: 'w' }),
      visit('w2', { domain: 'shop.waiting.com' }),
      visit('w3', { email: 'ann@waiting.com' }),
      visit('w4', { contact_external_id: 'wc' }),
      visit('w5', { email: 'ann@elsewhere.com' }),
    ]
    expect(await send('activities', rows(...waiting))).toMatchObject({ created: 5, unmatched: 5 })
    const signal = { ...ROW_EXAMPLES['intent-signals'][0], domain: 'waiting.com' }
    expect(await send('intent-signals', rows(signal))).toMatchObject({ unmatched: 1 })
    const contact = { external_id: 'wc', account_external_id: 'w', email: 'ann@elsewhere.com' }
    expect(await send('contacts', rows(contact))).toMatchObject({ created: 1, unmatched: 1 })
    expect(
      await send(
        'opportunities',
        rows({ external_id: 'w', account_external_id: 'w', opened_at: '2026-01-01', outcome: 'open' }),
      ),
    ).toMatchObject({ created: 1, unmatched: 1 })
    await send('accounts', rows({ external_id: 'w', domain: ['waiting.com'] }))
    const without = `
      select source_id from activity where source_id ~ '^w' and account_id is null
      union all select subject from intent_signal where domain = 'waiting.com' and account_id is null
      union all select external_id from opportunity where account_id is null
      union all select account_external_id from contact_version where account_external_id = 'w' and account_id is null`
    expect(await stored(without)).toEqual([])
    expect(await send('activities', rows(...waiting))).toMatchObject({ unchanged: 5, unmatched: 0 })
    await send('activities', rows(visit('w6', { contact_external_id: 'late' })))
    await send('contacts', rows({ external_id: 'late', account_external_id: 'w' }))
    expect(await stored(without)).toEqual([])
  })
})

describe('many writers of one kind', () => {
  it('that wait for one another leave connections to those who read', async () => {
    const client = await service.database.pool.connect()
    await client.query(`begin; select pg_advisory_xact_lock(hashtext('winrate.import.activity'))`)
    const sent = Array.from({ length: 40 }, (_, index) => send('activities', rows(visit(`crowd-${index}`))))
    await untilSessionsWait(service.database, 2)
    const read = await service.call({ url: '/v1/models' })
    await client.query('commit')
    client.release()
    expect(read.statusCode).toBe(200)
    for (const answer of await Promise.all(sent)) expect(answer).toMatchObject({ status: 200, created: 1 })
  })
})

describe('accounts queued for scoring', () => {
  it('are those with new facts, and the survivors of merges', async () => {
    await send('accounts', rows({ external_id: 's1' }, { external_id: 's2' }, { external_id: 's3' }))
    await service.database.pool.query(`
      delete from account_to_score;
      insert into account_merge (account_id, into_account_id, known_at, backfilled)
      select a.account_id, i.account_id, '2025-01-01Z', false from account a, account i
      where a.external_id = 's2' and i.external_id = 's3'`)
    const noted = async () =>
      (await stored('select external_id from account_to_score join account using (account_id) order by 1')).map(
        (row) => Object.values(row as object)[0],
      )
    await send('accounts', rows({ external_id: 's1' }, { external_id: 's2' }))
    expect(await noted()).toEqual([])
    await send('activities', rows(visit('s1', { account_external_id: 's1' })))
    expect(await noted()).toEqual(['s1'])
    await send('contacts', rows({ external_id: 's2', account_external_id: 's2' }))
    expect(await noted()).toEqual(['s1', 's2', 's3'])
    await service.database.pool.query('delete from account_to_score')
    // It is another's from now on: both are concerned.
    await send('activities', rows(visit('s1', { account_external_id: 's3' })))
    expect(await noted()).toEqual(['s1', 's3'])
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { importText, rowsOf } from '../../../../support/import-text.ts'
import { createTestDatabase, type TestDatabase } from '../../../../support/server/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())
beforeEach(() =>
  database.pool.query(
    'truncate account, contact, activity, visitor_tie, web_domain, identity_change, feed_start cascade',
  ),
)

const ACCOUNTS = 'external_id,name,domain\nW1,Cypress,cypress.example.com\nW2,Damson,damson.example.com\n'
const HEADER = 'source_id,kind,occurred_at,visitor_id,email,initiated_by\n'
const VISITS = `1,pricing_page_visit,2024-03-01T00:00:00Z,anon-1,,buyer
3,pricing_page_visit,2024-03-06T00:00:00Z,anon-1,,buyer
4,pricing_page_visit,2024-03-07T00:00:00Z,anon-2,,buyer
`
const FORM = '2,form_submit,2024-03-05T00:00:00Z,anon-1,kit@cypress.example.com,buyer\n'
const OTHER_FORM = '5,form_submit,2024-03-08T00:00:00Z,anon-1,lee@damson.example.com,buyer\n'
const activities = (csv: string, options = {}) => importText(database, 'activities', HEADER + csv, options)
const accounts = () => importText(database, 'accounts', ACCOUNTS)

const found = `select a.source_id as id, c.external_id as account, left(a.linked_at::text, 10) as since
  from activity a left join account c using (account_id) where a.superseded_at is null order by 1`
const TIED = [
  { id: '1', account: 'W1', since: '2024-03-05' },
  { id: '2', account: 'W1', since: '1900-01-01' },
  { id: '3', account: 'W1', since: '2024-03-05' },
  { id: '4', account: null, since: null },
]

describe('an event that carries a visitor id and an address', () => {
  it.each([
    ['in one file', [accounts, () => activities(VISITS + FORM)]],
    ['the account last', [() => activities(FORM), () => activities(VISITS), accounts]],
    ['the visits first', [accounts, () => activities(VISITS), () => activities(FORM)]],
    ['the form first', [accounts, () => activities(FORM), () => activities(VISITS)]],
    ['one row a batch', [accounts, () => activities(VISITS + FORM, { batchRows: 1 })]],
  ])('gives the visits before and after an account, known since then: %s', async (_, steps) => {
    for (const step of steps) await step()
    expect(await rowsOf(database, found)).toEqual(TIED)
    expect(await rowsOf(database, 'select from identity_change')).toEqual([])
  })

  it('leads where its person does, when the domain says nothing', async () => {
    await accounts()
    await importText(
      database,
      'contacts',
      'external_id,account_external_id,email,known_at\nK,W2,kit@gmail.com,2024-03-06\n',
    )
    await activities(VISITS + FORM.replace('kit@cypress.example.com', 'kit@gmail.com'))
    expect(await rowsOf(database, found)).toMatchObject([
      { account: 'W2', since: '2024-03-06' },
      { account: 'W2' },
      { account: 'W2', since: '2024-03-06' },
      { account: null },
    ])
  })

  it('counts from when it was known, not from when it happened', async () => {
    await accounts()
    await activities(VISITS)
    const header = 'source_id,kind,occurred_at,known_at,visitor_id,email\n'
    await importText(
      database,
      'activities',
      `${header}2,form_submit,2024-03-05,2024-04-01,anon-1,kit@cypress.example.com\n`,
    )
    expect(await rowsOf(database, found)).toMatchObject([{ since: '2024-04-01' }, {}, { since: '2024-04-01' }, {}])
  })

  it('of a visitor that two accounts share leads to nobody from then on, and is counted', async () => {
    await accounts()
    const { notes } = await activities(`${VISITS}${FORM}${OTHER_FORM}6,visit,2024-03-09,anon-1,,buyer\n`)
    expect(notes).toContain('1 visitor is claimed by several accounts and leads to none of them')
    expect(await rowsOf(database, found)).toMatchObject([
      // Before the second was known, the visitor was the first's.
      { id: '1', account: 'W1' },
      { id: '2', account: 'W1' },
      { id: '3', account: 'W1' },
      { id: '4', account: null },
      { id: '5', account: 'W2' },
      { id: '6', account: null },
    ])
  })

  it('contradicts a link of the visitor to another account, and joins one to the same', async () => {
    await accounts()
    await activities(VISITS + FORM)
    const links = 'account_external_id,kind,value,known_at\n'
    await importText(database, 'account-links', `${links}W1,visitor,anon-1,2024-03-02T00:00:00Z\n`)
    expect(await rowsOf(database, found)).toMatchObject([{ account: 'W1', since: '2024-03-02' }, {}, {}, {}])
    const { notes } = await importText(database, 'account-links', `${links}W2,visitor,anon-1,2024-03-02T00:00:00Z\n`)
    expect(notes.join()).toContain('claimed by several accounts')
    expect(await rowsOf(database, found)).toMatchObject([{ account: null }, { account: 'W1' }, { account: null }, {}])
  })

  it('whose accounts are merged leads to the one that stays', async () => {
    await accounts()
    await activities(`${VISITS}${FORM}${OTHER_FORM}6,visit,2024-03-09,anon-1,,buyer\n`)
    await importText(
      database,
      'account-links',
      'account_external_id,kind,value,known_at\nW1,merge,W2,2024-05-01T00:00:00Z\n',
    )
    expect((await rowsOf(database, found)).at(-1)).toEqual({ id: '6', account: 'W1', since: '2024-05-01' })
  })

  it('that is taken back, or corrected, ties no longer', async () => {
    await accounts()
    await activities(VISITS + FORM)
    await importText(database, 'activities', 'source_id,known_at,deleted\n2,2024-03-10T00:00:00Z,true\n')
    await activities('7,visit,2024-03-11T00:00:00Z,anon-1,,buyer\n')
    expect((await rowsOf(database, found)).at(-1)).toEqual({ id: '7', account: null, since: null })
    expect(await rowsOf(database, found)).toMatchObject([{ id: '1', account: 'W1' }, {}, {}, {}, {}])
  })

  it.each([
    ['by a new event', '8,form_submit,2024-03-20T00:00:00Z,,anon-1,kit@cypress.example.com\n'],
    [
      'by a new event and one that came late',
      '8,form_submit,2024-03-20T00:00:00Z,,anon-1,kit@cypress.example.com\n9,form_submit,2024-03-21T00:00:00Z,,anon-1,kit@cypress.example.com\n',
    ],
    ['by the same event', '2,form_submit,2024-03-05T00:00:00Z,2024-03-20T00:00:00Z,anon-1,kit@cypress.example.com\n'],
  ])('that is taken back and comes again %s ties again from then on, and not in between', async (_, again) => {
    await accounts()
    await activities(VISITS + FORM)
    await importText(database, 'activities', 'source_id,known_at,deleted\n2,2024-03-10T00:00:00Z,true\n')
    await activities('6,visit,2024-03-11T00:00:00Z,anon-1,,buyer\n')
    const claimed = `select c.external_id as account, left(lower::text, 10) as since, left(upper::text, 10) as until
      from (select account_id, valid_from as lower, valid_until as upper from account_claim where kind = 'visitor') p
      join account c using (account_id) order by 2`
    const before = { account: 'W1', since: '2024-03-05', until: '2024-03-10' }
    expect(await rowsOf(database, claimed)).toEqual([before])
    await importText(database, 'activities', `source_id,kind,occurred_at,known_at,visitor_id,email\n${again}`)
    expect(await rowsOf(database, claimed)).toEqual([before, { account: 'W1', since: '2024-03-20', until: 'infinity' }])
    await activities('7,visit,2024-03-22T00:00:00Z,anon-1,,buyer\n')
    expect(await rowsOf(database, found)).toMatchObject([
      { id: '1', since: '2024-03-05' },
      {},
      { id: '3', since: '2024-03-05' },
      {},
      { id: '6', account: 'W1', since: '2024-03-20' },
      { id: '7', account: 'W1', since: '2024-03-20' },
      ...(again.startsWith('2') ? [] : [{ id: '8' }]),
      ...(again.includes('\n9') ? [{ id: '9' }] : []),
    ])
    // Once more the same rows: nothing moves.
    await importText(database, 'activities', `source_id,kind,occurred_at,known_at,visitor_id,email\n${again}`)
    await activities(FORM)
    expect(await rowsOf(database, claimed)).toEqual([before, { account: 'W1', since: '2024-03-20', until: 'infinity' }])
  })

  it('ties nothing where the mapping switches it off', async () => {
    await accounts()
    await activities(VISITS + FORM, { mapping: { kind: 'activities', tie_visitors: false } })
    expect(await rowsOf(database, found)).toMatchObject([
      { account: null },
      { account: 'W1' },
      { account: null },
      { account: null },
    ])
  })

  it('leads nowhere by a free-mail address that nobody has, and nothing is tied by an address alone', async () => {
    await accounts()
    await activities(
      `${VISITS}2,form_submit,2024-03-05,anon-1,kit@gmail.com,buyer\n5,reply,2024-03-05,,kit@cypress.example.com,buyer\n`,
    )
    expect(await rowsOf(database, found)).toMatchObject([
      { account: null },
      { account: null },
      { account: null },
      {},
      { account: 'W1' },
    ])
  })
})

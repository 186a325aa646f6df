import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PublishedScore } from '../../../../src/core/scoring/published-score.ts'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'
import { evaluateChangedSegments } from '../../../../src/jobs/qualification/segment-membership.ts'
import { recordHandoff } from '../../../../src/jobs/qualification/sales-handoff.ts'
import { writeHistories } from '../../../../src/store/qualification/actions.ts'
import { readClock } from '../../../../src/store/database/read-clock.ts'
import { insertAccount, publishedScore } from '../../../support/accounts.ts'
import { anAction } from '../../../support/an-action.ts'
import { addContact, at } from '../../../support/facts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
const policy = testPolicy()
let service: TestService
const ids = new Map<string, number>()
const idOf = (name: string) => ids.get(name) ?? 0
let afterFirstRun: Instant

/** By name: probability, expected value, stage, region, and how many days after the start it came onto the list. */
const GIVEN = {
  ada: { probability: 0.3, value: 100, stage: 'purchase', region: 'EMEA', day: 0 },
  bob: { probability: 0.2, value: null, stage: 'decision', region: 'APAC', day: 1 },
  cyd: { probability: 0.1, value: 900, stage: 'consideration', region: 'EMEA', day: 2 },
  dan: { probability: 0.08, value: 500, stage: 'decision', region: 'EMEA', day: 0 },
  eve: { probability: 0.07, value: 50, stage: 'decision', region: 'EMEA', day: 2 },
  fay: { probability: 0.06, value: 60, stage: 'decision', region: 'EMEA', day: 2 },
} as const
type Name = keyof typeof GIVEN
const NAMES = Object.keys(GIVEN) as Name[]
const GRADES: Readonly<Record<Name, PublishedScore['grades']>> = {
  ada: { account_fit: 'A', contact_fit: 'B', engagement: 'C', intent: null },
  bob: { account_fit: 'C', contact_fit: 'D', engagement: 'A', intent: 'B' },
  cyd: { account_fit: 'C', contact_fit: 'B', engagement: 'A', intent: 'A' },
  dan: { account_fit: 'C', contact_fit: 'B', engagement: 'B', intent: 'D' },
  eve: { account_fit: 'C', contact_fit: 'B', engagement: 'A', intent: null },
  fay: { account_fit: 'C', contact_fit: 'B', engagement: 'A', intent: null },
}
/** What Pat did with two of them. */
const WORKED = { eve: ['claim', 'contacted'], fay: ['claim', 'contacted', 'accept'] } as const

beforeAll(async () => {
  service = await startTestService({
    policy,
    serviceLevel: { contact_within_hours: 24, motions: { expansion: { contact_within_hours: 1 } } },
  })
  const { db } = service.database
  await insertChampion(service.database)
  for (const name of NAMES) ids.set(name, await insertAccount(db, name, [], { name, region: GIVEN[name].region }))
  for (const day of [0, 1, 2]) {
    const scored = NAMES.map((name) => {
      const own = GIVEN[name]
      const score = publishedScore({
        account_external_id: name,
        qualified_probability: own.day <= day ? own.probability : 0.01,
        expected_value: own.value,
        buying_stage: own.stage,
        grades: GRADES[name],
      })
      // Of one that is a customer the list is that of the other motion.
      return { accountId: idOf(name), score, facts: { isCustomer: name === 'dan' } }
    })
    await storeScores(db, instantPlusDays(START, day), scored, { policy })
    if (day === 0) afterFirstRun = await readClock(db)
  }
  await recordHandoff(db, policy, { accountId: idOf('cyd'), actor: 'Kim', work: { kind: 'claim' } })
  for (const [name, kinds] of Object.entries(WORKED))
    for (const kind of kinds) await recordHandoff(db, policy, { accountId: idOf(name), actor: 'Pat', work: { kind } })
  await makeSegment('looking', { field: 'grades.intent', operator: 'at_least', value: 'B' })
  await makeSegment('nobody', { field: 'expected_value', operator: 'at_least', value: 1e6 })
  await evaluateChangedSegments(db, policy)
})
afterAll(() => service.close())

const makeSegment = async (name: string, filter: object) => {
  const made = await service.call({ method: 'POST', url: '/v1/segments', payload: { name, title: name, filter } })
  expect(made.statusCode, made.body).toBe(201)
}
const ask = (query: string) => service.call({ url: `/v1/qualified-accounts?${query}` })
const names = async (query: string) =>
  (await ask(query)).json().accounts.map((account: { external_id: string }) => account.external_id)

describe('the list can be asked for', () => {
  it.each([
    ['', ['ada', 'bob', 'dan']],
    ['stage=decision', ['bob', 'dan']],
    ['stage=decision,purchase', ['ada', 'bob', 'dan']],
    ['account_fit=A,B', ['ada']],
    ['account_fit=C', ['bob', 'dan']],
    ['account_fit=C&contact_fit=B', ['dan']],
    ['contact_fit=B', ['ada', 'dan']],
    ['contact_fit=D', ['bob']],
    ['contact_fit=A,C', []],
    ['engagement=A', ['bob']],
    ['engagement=B,C', ['ada', 'dan']],
    ['engagement=D', []],
    // Of ada no intent is known, which is no grade.
    ['intent=A,B,C,D', ['bob', 'dan']],
    ['intent=B', ['bob']],
    ['intent=A', []],
    ['segment=looking', ['bob']],
    ['segment=looking&state=qualified,claimed', ['bob', 'cyd']],
    ['segment=nobody', []],
    ['motion=expansion', ['dan']],
    ['state=claimed', ['cyd']],
    ['state=contacted', ['eve']],
    ['state=accepted', ['fay']],
    ['state=contacted,accepted&owner=Pat', ['eve', 'fay']],
    ['state=qualified,claimed', ['ada', 'bob', 'cyd', 'dan']],
    ['owner=Kim', ['cyd']],
    ['owner=Lee', []],
    ['untouched=true', ['ada', 'bob', 'dan']],
    ['untouched=false&state=claimed', ['cyd']],
    ['region=EMEA', ['ada', 'dan']],
    ['region=emea', []],
    ['qualified_since=2026-03-02', ['bob']],
    ['minimum_probability=0.2', ['ada', 'bob']],
    ['changed_since=2020-01-01', ['ada', 'bob', 'dan']],
    ['changed_since=2099-01-01', []],
  ])('%s', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  it('accounts changed since an instant', async () => {
    expect(await names(`changed_since=${afterFirstRun}&state=qualified,claimed`)).toEqual(['bob', 'cyd'])
  })

  it.each([
    ['qualified_probability', ['ada', 'bob', 'cyd', 'dan']],
    ['expected_value', ['cyd', 'dan', 'ada', 'bob']],
    ['qualified_since', ['cyd', 'bob', 'ada', 'dan']],
    // dan is to be contacted within the hour, ada within the day.
    ['contact_due_at', ['dan', 'ada', 'bob', 'cyd']],
  ])('in the order of %s, on any number of pages', async (sort, expected) => {
    const query = `state=qualified,claimed&sort=${sort}`
    expect(await names(query)).toEqual(expected)
    const first = (await ask(`${query}&limit=3`)).json()
    expect(await names(`${query}&limit=3&cursor=${first.next_cursor}`)).toEqual(expected.slice(3))
  })

  it('as it was stored at an instant, with the same filters', async () => {
    const then = `as_of=${afterFirstRun}`
    expect(await names(then)).toEqual(['ada', 'dan'])
    expect(await names(`${then}&motion=expansion`)).toEqual(['dan'])
    expect(await names(`${then}&sort=contact_due_at&account_fit=A,C`)).toEqual(['dan', 'ada'])
    expect((await ask(then)).json().accounts[0]).toMatchObject({ people_to_reach: null, next_actions: null })
  })

  it('with whom to reach, nobody who must not be contacted, and what to do', async () => {
    const { db } = service.database
    const common = { account_id: idOf('bob'), known_at: at('2026-02-01') }
    for (const name of ['c1', 'c2', 'c3', 'c4']) await addContact(db, name, [common])
    await service.database.pool.query(
      `update contact_version set attributes = '{"do_not_contact": true}'
       where contact_id = (select contact_id from contact where external_id = 'c1')`,
    )
    const action = anAction()
    const lasting = { triggeredAt: START, ended: null }
    const accountId = idOf('bob')
    await writeHistories(db, [
      { accountId, triggered: { ...lasting, action, expiresAt: at('2099-01-01') } },
      { accountId, triggered: { ...lasting, action: { ...action, rule: 'mail' }, expiresAt: at('2026-03-05') } },
    ])
    const [ada, bob] = (await ask('fields=people_to_reach,next_actions')).json().accounts
    expect(ada).toMatchObject({ people_to_reach: [], next_actions: [] })
    const people = bob.people_to_reach.map((person: { contact_external_id: string }) => person.contact_external_id)
    expect(people).toEqual(['c2', 'c3', 'c4'])
    expect(bob.next_actions).toEqual([{ ...action, triggered_at: START, expires_at: at('2099-01-01') }])
  })

  it('by some fields of each account', async () => {
    const [account] = (await ask('fields=owner,contact_due_at&owner=Kim')).json().accounts
    expect(account).toEqual({
      account_id: idOf('cyd'),
      external_id: 'cyd',
      motion: 'new_business',
      owner: 'Kim',
      contact_due_at: '2026-03-04T00:00:00.000000Z',
    })
  })

  it.each([
    ['stage=decision,deciding', '#/stage'],
    ['account_fit=E', '#/account_fit'],
    ['sort=name', '#/sort'],
    ['fields=nme', '#/fields'],
    ['motion=upsell', '#/motion'],
    ['segment=none-such', '#/segment'],
    ['untouched=1', '#/untouched'],
    ['owner=%00', '#/owner'],
    ['qualified_since=yesterday', '#/qualified_since'],
    ['as_of=2026-03-01&region=EMEA', '#/region'],
  ])('not by %s', async (query, pointer) => {
    expect((await ask(query)).json()).toMatchObject({ status: 400, errors: [{ in: 'query', pointer }] })
  })

  it('with a cursor of the same filters and sort only', async () => {
    const { next_cursor: cursor } = (await ask('limit=1')).json()
    for (const other of ['sort=expected_value', 'stage=decision', 'untouched=true', `as_of=${afterFirstRun}`]) {
      expect((await ask(`limit=1&cursor=${cursor}&${other}`)).json()).toMatchObject({ code: 'invalid_cursor' })
    }
    expect((await ask(`limit=2&fields=name&cursor=${cursor}`)).statusCode).toBe(200)
  })
})

describe('the number of statements', () => {
  const statements = async (run: () => Promise<unknown>) => {
    let count = 0
    const { pool } = service.database
    const client = await pool.connect()
    const prototype = Object.getPrototypeOf(client) as { query: (...args: unknown[]) => unknown }
    client.release()
    const { query } = prototype
    prototype.query = function counted(this: unknown, ...args: unknown[]) {
      count += 1
      return query.apply(this, args)
    }
    await run().finally(() => (prototype.query = query))
    return count
  }
  const poll = (etag: string) => service.call({ url: '/v1/qualified-accounts', headers: { 'if-none-match': etag } })

  it('is one statement beside that of the key for a poll that finds nothing changed', async () => {
    const etag = String((await ask('')).headers.etag)
    const unchanged = await statements(async () => expect((await poll(etag)).statusCode).toBe(304))
    expect(unchanged).toBe(2)
  })

  it('does not grow with the number of accounts', async () => {
    const one = await statements(() => ask('limit=1&state=qualified'))
    const all = await statements(() => ask('limit=100&state=qualified,claimed'))
    expect(all).toBe(one)
  })

  it('another tag after a claim, and after a pause has ended by itself', async () => {
    const { db, pool } = service.database
    const tags = [String((await ask('')).headers.etag)]
    const note = async () => tags.push(String((await ask('')).headers.etag))
    await recordHandoff(db, policy, { accountId: idOf('ada'), actor: 'Lee', work: { kind: 'claim' } })
    await note()
    await recordHandoff(db, policy, { accountId: idOf('ada'), actor: 'Lee', work: { kind: 'reject', reason: 'other' } })
    await note()
    await pool.query(`update account_state set paused_until = now() - interval '1 s' where paused_until is not null`)
    await note()
    expect(new Set(tags).size).toBe(4)
    expect((await poll(tags.at(-1) ?? '')).statusCode).toBe(304)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { promote } from '../../../../src/jobs/registry/promote.ts'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { RECEIVED_KINDS, type ReceivedKind } from '../../../../src/store/facts/import/received.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  const { db } = service.database
  await insertModelVersion(db, 'm-1', artifactOf())
  await promote(db, 'm-1', { promotedBy: 'test', force: true, reason: 'test' })
})
afterAll(() => service.close())

async function post(kind: ReceivedKind, ...rows: readonly object[]) {
  return (await service.call({ method: 'POST', url: `/v1/${kind}/batch`, payload: { rows } })).json()
}

async function send(kind: ReceivedKind, ...rows: readonly object[]): Promise<readonly string[]> {
  return (await post(kind, ...rows)).results.map(({ status }: { status: string }) => status)
}

const see = async (account: string, view = '') =>
  await service.call({ url: `/v1/accounts/by-external-id/${account}${view}` })

async function timelineOf(account: string): Promise<readonly string[]> {
  const { entries } = (await see(account, '/timeline')).json()
  return entries.map(({ source, type }: { source: string; type: string }) => `${source} ${type}`)
}

async function peopleOf(account: string): Promise<readonly string[]> {
  const { buying_group: group } = (await see(account, '/buying-group')).json()
  return group.people.map((person: { contact_external_id: string }) => person.contact_external_id)
}

interface Deletion {
  readonly key: object
  /** What else a row says of it, of an account of this external id. */
  readonly said: (account: string) => object
  /** What of it the account shows. */
  readonly view: (account: string) => Promise<readonly string[]>
  readonly shown: readonly string[]
}

const occurred_at = '2026-03-01T08:00:00Z'
const DELETIONS: Readonly<Record<ReceivedKind, Deletion>> = {
  accounts: {
    key: { external_id: 'of-accounts' },
    said: () => ({ name: 'Acme' }),
    // Its record stays, under /v1/accounts/{id}; a request for its present facts is answered as for an unknown account.
    view: async (account) => ((await see(account, '/buying-group')).statusCode === 404 ? [] : ['there']),
    shown: ['there'],
  },
  contacts: {
    key: { external_id: 'c1' },
    said: (account_external_id) => ({ account_external_id, buying_role: 'user' }),
    view: peopleOf,
    shown: ['c1'],
  },
  activities: {
    key: { source_id: 'v1' },
    said: (account_external_id) => ({ account_external_id, kind: 'visit', occurred_at }),
    view: timelineOf,
    shown: ['activity visit'],
  },
  'intent-signals': {
    key: { provider: 'network', topic: 'ETL', period_start: '2026-02-23', period_end: '2026-03-01' },
    said: (account_external_id) => ({ account_external_id, strength: 78 }),
    view: timelineOf,
    shown: ['intent_signal ETL'],
  },
  'business-events': {
    key: { source_id: 'n1' },
    said: (account_external_id) => ({ account_external_id, kind: 'funding', occurred_at }),
    view: timelineOf,
    shown: ['business_event funding'],
  },
  opportunities: {
    key: { external_id: 'o1' },
    said: (account_external_id) => ({ account_external_id, opened_at: '2026-01-15T10:00:00Z', outcome: 'open' }),
    view: timelineOf,
    shown: ['opportunity opened'],
  },
  'customer-events': {
    key: { source_id: 'r1' },
    said: (account_external_id) => ({ account_external_id, kind: 'renewal', occurred_at }),
    view: timelineOf,
    shown: ['customer_event renewal'],
  },
}

describe('a deletion', () => {
  it.each(RECEIVED_KINDS)(
    'by its key takes one of %s from its account, and sent again changes nothing',
    async (kind) => {
      const { key, said, view, shown } = DELETIONS[kind]
      const account = `of-${kind}`
      if (kind !== 'accounts') await send('accounts', { external_id: account })
      expect(await send(kind, { ...key, ...said(account) })).toEqual(['created'])
      expect(await view(account)).toEqual(shown)
      // An intent signal is found by its key and whom it is about.
      const gone = { ...key, ...(kind === 'intent-signals' && { account_external_id: account }), deleted: true }
      expect(await send(kind, gone)).toEqual(['updated'])
      expect(await view(account)).toEqual([])
      expect(await send(kind, gone)).toEqual(['unchanged'])
      expect(await view(account)).toEqual([])
    },
  )

  const EARLIER = { known_at: '2026-02-01T00:00:00Z' }
  const LATER = { known_at: '2026-02-02T00:00:00Z', deleted: true }

  it('of an account that was never seen is kept, and holds for what arrives later and was known before', async () => {
    expect(await send('accounts', { external_id: 'unseen', ...LATER })).toEqual(['created'])
    expect(await send('accounts', { external_id: 'unseen', name: 'Acme', ...EARLIER })).toEqual(['updated'])
    expect((await see('unseen', '/buying-group')).statusCode).toBe(404)
    expect((await see('unseen', '/buying-group?as_of=2026-02-01T12:00:00Z')).statusCode).toBe(200)
  })

  it('of a contact that was never seen is kept, and holds for what arrives later and was known before', async () => {
    await send('accounts', { external_id: 'with-unseen', ...EARLIER })
    const contact = { external_id: 'unseen', account_external_id: 'with-unseen' }
    expect(await send('contacts', { external_id: 'unseen', ...LATER })).toEqual(['created'])
    expect(await send('contacts', { ...contact, ...EARLIER })).toEqual(['updated'])
    expect(await peopleOf('with-unseen')).toEqual([])
  })

  it.each([
    ['activities', { source_id: 'unseen' }],
    ['opportunities', { external_id: 'unseen' }],
  ] as const)('by its key alone of one of %s that was never seen changes nothing, and says so', async (kind, key) => {
    const answer = await post(kind, { ...key, ...LATER })
    expect(answer.results).toMatchObject([{ status: 'unchanged', news: ['nothing_to_delete'], errors: [] }])
    expect(answer).toMatchObject({ unchanged: 1, rejected: 0 })
  })

  it('of an opportunity may be a row that says all of it but its outcome', async () => {
    await send('accounts', { external_id: 'o-gone' })
    const opened = { external_id: 'gone', account_external_id: 'o-gone', opened_at: '2025-01-01T00:00:00Z' }
    const first = { ...opened, outcome: 'open', known_at: '2025-01-01T00:00:00Z' }
    expect(await send('opportunities', first)).toEqual(['created'])
    const said = { ...opened, closed_at: '2025-03-01T00:00:00Z', amount: 5, known_at: '2025-02-01T00:00:00Z' }
    expect(await send('opportunities', { ...said, deleted: true })).toEqual(['updated'])
    expect(
      await rowsOf(
        service.database,
        `select outcome, deleted from opportunity_version join opportunity using (opportunity_id)
        where external_id = 'gone' and known_at = '2025-02-01'`,
      ),
    ).toEqual([{ outcome: 'open', deleted: true }])
  })
})

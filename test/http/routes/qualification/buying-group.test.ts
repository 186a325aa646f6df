import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instant } from '../../../../src/core/base/time.ts'
import { promote } from '../../../../src/jobs/registry/promote.ts'
import { loadTitles } from '../../../../src/jobs/models/load-specification.ts'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { addAccount, addActivity, addContact, addFeedStart, at } from '../../../support/facts.ts'
import { startTestService, type TestService } from '../../support.ts'

const NOW = '2026-03-02T09:30:00.123000Z' as Instant
let service: TestService
let acme: number

beforeAll(async () => {
  service = await startTestService({ now: () => NOW })
  const { db } = service.database
  await addFeedStart(db, 'activity', { source: 'all', kind: 'visit', occurred_at: at('2000-01-01') })
  acme = await addAccount(db, 'acme/ü', at('2020-01-01'))
  const here = { known_at: at('2024-01-01'), account_id: acme }
  const ceo = await addContact(db, 'ceo', [{ ...here, name: 'Ann', title: 'Geschäftsführerin' }])
  await addContact(db, 'buyer', [{ ...here, buying_role: 'procurement' }])
  await addContact(db, 'silent', [{ ...here, buying_role: 'user', attributes: '{"do_not_contact": true}' }])
  await addContact(db, 'late', [{ known_at: at('2026-03-01'), account_id: acme, title: 'Wizard' }])
  await addActivity(db, acme, { kind: 'visit', occurred_at: at('2026-02-20'), contact_id: ceo })
})
afterAll(() => service.close())

const get = async (query = '', url = `/v1/accounts/${acme}/buying-group`) => await service.call({ url: url + query })
const reachable = (group: { people_to_reach: { contact_external_id: string }[] }) =>
  group.people_to_reach.map((person) => person.contact_external_id).toSorted()

describe('GET /v1/accounts/…/buying-group', () => {
  it('is 409 before a model is promoted', async () => {
    expect((await get()).json()).toMatchObject({ status: 409, code: 'no_champion' })
    const artifact = artifactOf()
    const titles = loadTitles('models') ?? undefined
    const features = { ...artifact.specification.features, titles }
    await insertModelVersion(service.database.db, 'm-1', {
      ...artifact,
      specification: { ...artifact.specification, features },
    })
    await promote(service.database.db, 'm-1', { promotedBy: 'test', force: true, reason: 'test' })
  })

  it('names known, engaged and missing roles, by id and by external id', async () => {
    const body = (await get()).json()
    const { buying_group: group } = body
    const states = Object.fromEntries(
      group.roles.map((role: { role: string; state: string }) => [role.role, role.state]),
    )
    expect(states).toEqual({
      economic_decision_maker: 'engaged',
      technical_decision_maker: 'missing',
      procurement: 'silent',
      influencer: 'missing',
      user: 'silent',
    })
    expect(group.coverage).toEqual({ of: 'all_roles', roles: 5, known: 0.6, engaged: 0.2 })
    expect(group.people_unread).toBe(1)
    const ann = group.people.find((person: { name: string | null }) => person.name === 'Ann')
    expect(ann).toMatchObject({ seniority: 'c_level', buying_role: 'economic_decision_maker', days_since_activity: 10 })
    const url = `/v1/accounts/by-external-id/${encodeURIComponent('acme/ü')}/buying-group`
    expect((await get('', url)).json()).toEqual(body)
  })

  it('never lists a person marked do-not-contact', async () => {
    const { buying_group: group } = (await get()).json()
    expect(reachable(group)).toEqual(['buyer', 'ceo', 'late'])
    const silent = group.people.find((one: { contact_external_id: string }) => one.contact_external_id === 'silent')
    expect(silent).toMatchObject({ may_be_contacted: false, not_contacted_because: 'do_not_contact' })
  })

  it('uses the facts known at as_of', async () => {
    const { buying_group: group } = (await get('?as_of=2026-02-01')).json()
    expect(reachable(group)).toEqual(['buyer', 'ceo'])
    expect(group.roles.find((role: { role: string }) => role.role === 'economic_decision_maker').state).toBe('silent')
    expect((await get('?as_of=2019-01-01')).json()).toMatchObject({ status: 404, code: 'account_not_found' })
    expect((await get('?as_of=2190-01-01')).json()).toMatchObject({ status: 400, code: 'invalid_request' })
  })

  it('excludes people without consent if consent is recorded', async () => {
    const { db } = service.database
    const version = { known_at: at('2026-03-02'), account_id: acme }
    await addContact(db, 'asked', [{ ...version, attributes: '{"consent": "Freely given"}' }])
    await addContact(db, 'refused', [{ ...version, attributes: '{"consent": "Withdrawn"}' }])
    expect(reachable((await get()).json().buying_group)).toEqual(['asked'])
    expect(reachable((await get('?as_of=2026-02-01')).json().buying_group)).toEqual(['buyer', 'ceo'])
  })

  it('requires the scope accounts:read', async () => {
    const key = await service.keyWith('score:read')
    expect((await service.call({ url: `/v1/accounts/${acme}/buying-group`, key })).statusCode).toBe(403)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MOST_DOMAINS_A_BATCH } from '../../../../src/jobs/facts/ingest.ts'
import { rowsOf } from '../../../support/import-text.ts'
import { startTestService, type TestService } from '../../support.ts'

const DOMAINS_A_ROW = 100
/** The rows that one transaction takes. */
const TAKEN = MOST_DOMAINS_A_BATCH / DOMAINS_A_ROW
const rows = Array.from({ length: TAKEN + 2 }, (_, row) => ({
  external_id: `a${row}`,
  domain: Array.from({ length: DOMAINS_A_ROW }, (_domain, place) => `d${place}-${row}.example.com`),
}))

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())
beforeEach(() => service.database.pool.query('truncate account, account_link cascade'))

const post = (url: string, payload: string, type = 'application/json') =>
  service.call({ method: 'POST', url, payload, headers: { 'content-type': type } })
const counts = async () =>
  await rowsOf(
    service.database,
    'select (select count(*)::int from account) as accounts, (select count(*)::int from account_link) as links',
  )

describe(`accounts with more than ${MOST_DOMAINS_A_BATCH} domains together`, () => {
  it('are rejected from there on in a batch, and the others are stored', async () => {
    const { received, created, rejected, results } = (await post('/v1/accounts/batch', JSON.stringify({ rows }))).json()
    expect({ received, created, rejected }).toEqual({ received: TAKEN + 2, created: TAKEN, rejected: 2 })
    expect(results.at(-2)).toEqual({
      index: TAKEN,
      status: 'rejected',
      matched: null,
      errors: [
        {
          pointer: `#/rows/${TAKEN}/domain`,
          code: 'too_large',
          message: 'at most 10,000 domains a batch: send this row in another',
        },
      ],
    })
    expect(await counts()).toEqual([{ accounts: TAKEN, links: MOST_DOMAINS_A_BATCH }])
  })

  it('are all refused in a batch for all or none', async () => {
    const answer = await post('/v1/accounts/batch', JSON.stringify({ rows, atomic: true }))
    expect(answer.json()).toMatchObject({ status: 422, code: 'rows_rejected' })
    expect(await counts()).toEqual([{ accounts: 0, links: 0 }])
  })

  it('are all stored by a stream, in several transactions', async () => {
    const lines = rows.map((row) => JSON.stringify(row)).join('\n')
    const answer = await post('/v1/accounts/stream', lines, 'application/x-ndjson')
    expect(answer.json()).toMatchObject({ received: TAKEN + 2, created: TAKEN + 2, rejected: 0 })
    expect(await counts()).toEqual([{ accounts: TAKEN + 2, links: rows.length * DOMAINS_A_ROW }])
  })
})

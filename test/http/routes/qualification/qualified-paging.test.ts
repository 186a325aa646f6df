import { afterAll, beforeAll, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { storeScores, testPolicy } from '../../../support/store-scores.ts'
import { startTestService, type TestService } from '../../support.ts'

const START = '2026-03-01T00:00:00.000000Z' as Instant
const ACCOUNTS = 120
const STAYING = 80
const policy = testPolicy({ dwell_days: 0, cool_down_days: 0 })
const random = createRandom('paging')
let service: TestService
const accounts: { readonly accountId: number; readonly externalId: string }[] = []

beforeAll(async () => {
  service = await startTestService({ policy })
  await insertModelVersion(service.database.db, 'v1')
  for (let index = 0; index < ACCOUNTS; index += 1) {
    const externalId = `a${String(index).padStart(3, '0')}`
    accounts.push({ accountId: await insertAccount(service.database.db, externalId), externalId })
  }
})
afterAll(() => service.close())

/** The first stay on the list with another probability and value each time; the others come and go. */
async function scoreAnew(round: number): Promise<void> {
  const given = accounts.map(({ accountId, externalId }, index) => {
    const isOff = index >= STAYING && random.next() < 0.5
    // Few distinct values, so that ties are common.
    const probability = isOff ? 0.01 : 0.05 + Math.floor(random.next() * 12) / 100
    const expected = random.next() < 0.2 ? null : Math.floor(random.next() * 10) * 1_000
    const changes = { qualified_probability: probability, expected_value: expected }
    return { accountId, score: publishedScore({ account_external_id: externalId, ...changes }) }
  })
  await storeScores(service.database.db, instantPlusDays(START, round), given, { policy })
}

async function walk(sort: string): Promise<{ readonly seen: readonly string[]; readonly pages: number }> {
  const seen: string[] = []
  let cursor: string | null = null
  let pages = 0
  do {
    const after: string = cursor === null ? '' : `&cursor=${cursor}`
    const url = `/v1/qualified-accounts?limit=7&fields=name&minimum_probability=0.05&sort=${sort}${after}`
    const page = (await service.call({ url })).json()
    seen.push(...page.accounts.map((account: { external_id: string }) => account.external_id))
    cursor = page.next_cursor
    pages += 1
  } while (cursor !== null)
  return { seen, pages }
}

it('ten clients that page while accounts enter and leave get each account that stays exactly once', async () => {
  await scoreAnew(0)
  const staying = accounts.slice(0, STAYING).map(({ externalId }) => externalId)
  let isOver = false
  let rounds = 0
  const scoring = (async () => {
    while (!isOver) await scoreAnew((rounds += 1))
  })()
  const sorts = ['qualified_probability', 'expected_value', 'qualified_since', 'contact_due_at'] as const
  const walks = await Promise.all(
    Array.from({ length: 10 }, async (_, poller) => {
      const own = []
      // As long as the list has not changed often enough under them, they walk on.
      for (let turn = 0; turn < 2 || rounds <= 3; turn += 1)
        own.push(await walk(sorts[(poller + turn) % 4] ?? sorts[0]))
      return own
    }),
  )
  isOver = true
  await scoring
  expect(rounds).toBeGreaterThan(3)
  for (const { seen, pages } of walks.flat()) {
    expect(pages).toBeGreaterThan(STAYING / 7)
    const counts = new Map<string, number>()
    for (const name of seen) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const name of staying) expect([name, counts.get(name)]).toEqual([name, 1])
  }
  const { rows } = await service.database.pool.query(
    `select count(*) filter (where type = 'account.disqualified')::int as dropped from event`,
  )
  expect(rows[0].dropped).toBeGreaterThan(20)
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CostlyRequest, costlyRequests } from '../../../scripts/fuzz/costly.ts'
import { learnQuickly } from '../../../scripts/fuzz/learn.ts'
import { LIMIT_MS, leastOfThree, measureThread, type ThreadTime } from '../../../scripts/fuzz/main-thread.ts'
import { type Client, createClient } from '../../../scripts/fuzz/send.ts'
import { type FuzzedService, startFuzzedService } from '../../../scripts/fuzz/service.ts'
import { dayOf, instantOfEpochMs } from '../../../src/core/base/time.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

/** As many as one request may ask for. */
const ACCOUNTS = 1000

let database: TestDatabase
let service: FuzzedService
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  const end = dayOf(instantOfEpochMs(Date.now()))
  await importSimulatedCompany(database.pool, { accounts: ACCOUNTS, months: 24, end, seed: 7 })
  await learnQuickly(database.db)
  service = await startFuzzedService(database)
  client = createClient(service.address)
}, 300_000)
afterAll(async () => {
  client?.close()
  await service?.close()
  await database?.drop()
})

it('no request blocks the event loop, however large it is', { timeout: 600_000 }, async () => {
  const { rows } = await database.pool.query<{ id: string }>('select external_id as id from account')
  const requests = costlyRequests(rows.map(({ id }) => id))
  // Warmed up: the compiler has seen the routes.
  for (const request of requests.slice(0, 5)) await send(request)
  const measured: { readonly name: string; readonly status: number; readonly time: ThreadTime }[] = []
  for (const request of requests) {
    let status = 0
    const time = await leastOfThree(async () => {
      const { result, time: tried } = await measureThread(() => send(request))
      status = result.status
      return tried
    })
    measured.push({ name: request.name, status, time })
  }
  console.log(tableOf(measured))
  expect(measured.filter(({ time }) => time.longestMs > LIMIT_MS).map(({ name }) => name)).toEqual([])
  expect(measured.filter(({ status }) => status >= 500).map(({ name }) => name)).toEqual([])
  expect(service.takeErrors()).toEqual([])
})

function send({ method, url, body, headers = {} }: CostlyRequest) {
  return client.send({ method, url, body, headers: { authorization: `Bearer ${service.keys.full}`, ...headers } })
}

/** Processor time of the thread that answers, in milliseconds. */
function tableOf(measured: readonly { name: string; status: number; time: ThreadTime }[]): string {
  const lines = measured.map(({ name, status, time }) => {
    const figures = [time.longestMs, time.totalMs].map((ms) => ms.toFixed(0).padStart(8))
    return `${figures.join('')}  ${status}  ${name}`
  })
  return ['longest ms    sum  status', ...lines].join('\n')
}

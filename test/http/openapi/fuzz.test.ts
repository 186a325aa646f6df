import { afterAll, beforeAll, expect, it } from 'vitest'
import { fuzz } from '../../../scripts/fuzz/run.ts'
import { learnQuickly } from '../../../scripts/fuzz/learn.ts'
import { type FuzzedService, startFuzzedService } from '../../../scripts/fuzz/service.ts'
import { dayOf, instantOfEpochMs } from '../../../src/core/base/time.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

/** Of each operation; `npx winrate fuzz` sends as many as one likes. */
const CASES = 50

let database: TestDatabase
let service: FuzzedService
beforeAll(async () => {
  database = await createTestDatabase()
  const end = dayOf(instantOfEpochMs(Date.now()))
  await importSimulatedCompany(database.pool, { accounts: 250, months: 24, end, seed: 7 })
  await learnQuickly(database.db)
  service = await startFuzzedService(database)
})
afterAll(async () => {
  await service?.close()
  await database?.drop()
})

it('every generated request is answered as the document states', { timeout: 900_000 }, async () => {
  const result = await fuzz(service, { cases: CASES, seed: 20_261_125 })
  expect(result.findings).toEqual([])
  expect(result.operations).toBeGreaterThan(70)
  expect(result.cases).toBeGreaterThanOrEqual(result.operations * CASES)
  // Most of what is refused says nothing about what is done.
  expect(result.accepted).toBeGreaterThan(result.cases / 10)
})

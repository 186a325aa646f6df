import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { trainLogistic } from '../../../src/core/training/logistic/train.ts'
import type { StoredProfile } from '../../../src/core/scoring/profile/stored-profile.ts'
import type { IsoDate } from '../../../src/core/base/time.ts'
import { customerReader, findVersionProfile, makeProfile } from '../../../src/jobs/training/customer-profile.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { readInOnePass } from '../../../src/jobs/training/snapshot-pass.ts'
import { readTrainingData, type TrainingData } from '../../../src/jobs/training/training-data.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { insertProfile } from '../../../src/store/training/profiles.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { startTestService, type TestService } from '../../http/support.ts'
import { at } from '../../support/facts.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

let service: TestService
let data: TrainingData
let made: StoredProfile
const end = at('2025-11-01')

beforeAll(async () => {
  service = await startTestService()
  const { db, pool } = service.database
  await importSimulatedCompany(pool, { accounts: 400, months: 30, end: '2025-11-01' as IsoDate, seed: 3 })
  const specification = loadSpecification('models')
  const win = specification.models.find(({ model }) => model === 'win')
  if (!win) throw new Error('no win model')
  const featureSet = compileFeatures(specification.features)
  data = await readTrainingData(db, featureSet, win, end, () => undefined)
  const trained = trainLogistic(data, { labelWindowDays: 180, penalties: [10], minWon: 5, minLost: 5, foldCount: 2 })
  if (trained.kind !== 'trained') throw new Error(trained.kind)
  const customers = await customerReader(db, featureSet, win, end)
  await readInOnePass(db, featureSet, [customers], () => undefined)
  made = makeProfile(featureSet, { data, logistic: trained.model }, customers.result(), end)
})
afterAll(() => service.close())

describe('the profile of a company', () => {
  it('counts every deal that was learned from, once for each attribute', () => {
    expect(made.profile.deals).toBe(data.rows.length)
    expect(made.profile.deals).toBeGreaterThan(60)
    const industry = made.profile.attributes.find(({ attribute }) => attribute === 'industry')
    const counted = industry?.values.reduce((sum, { deals }) => sum + deals.count, 0) ?? 0
    expect(counted + (industry?.left_out.deals ?? 0)).toBe(data.rows.length)
  })

  it('has every customer event known by then, described as of it', async () => {
    const { rows } = await service.database.pool.query(
      `select count(*)::int as events, count(*) filter (where kind = 'churn')::int as churned from customer_event`,
    )
    const region = made.profile.attributes.find(({ attribute }) => attribute === 'region')
    const shown = region?.values.reduce((sum, { customers }) => sum + customers.count, 0) ?? 0
    expect(rows[0].events).toBeGreaterThan(5)
    expect(shown + (region?.left_out.customers ?? 0)).toBe(rows[0].events)
    const churned = region?.values.reduce((sum, { customers }) => sum + customers.count - customers.good, 0)
    expect(churned).toBeGreaterThan(0)
    expect(churned).toBeLessThanOrEqual(rows[0].churned)
  })

  it('keeps each won account once, with what was known of it', () => {
    const won = new Set(data.rows.filter((row) => row.won).map((row) => row.id))
    expect(made.won_accounts.map((account) => account.external_id)).toEqual([...won].toSorted())
    for (const { values } of made.won_accounts) expect(values).toHaveLength(made.columns.length)
    expect(made.columns.map(({ name }) => name)).toContain('employees')
  })
})

describe('GET /v1/reports/icp', () => {
  const ask = (query = '') => service.call({ url: `/v1/reports/icp${query}` })

  it('is 404 without a trained version or a stored profile', async () => {
    expect((await ask()).json()).toMatchObject({ code: 'model_not_found' })
    await insertModelVersion(service.database.db, 'm-without', artifactOf())
    const none = await ask('?version=m-without')
    expect(none.statusCode).toBe(404)
    expect(none.json().detail).toContain('train a version with a win model')
  })

  it('answers the figures of the requested version', async () => {
    await insertModelVersion(service.database.db, 'm-with', artifactOf())
    await insertProfile(service.database.db, 'm-with', made)
    const answer = await ask('?version=m-with')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual({ version: 'm-with', as_of: end, profile: made.profile })
    expect(await findVersionProfile(service.database.db)).toMatchObject({ version: 'm-with' })
    expect((await ask('?version=m-wit')).json().detail).toContain('m-with')
  })
})

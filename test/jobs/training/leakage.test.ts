import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ModelSpecification } from '../../../src/core/training/cohorts/model-specification.ts'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { FeatureSpecification } from '../../../src/core/features/specification.ts'
import { type IsoDate, startOfDay } from '../../../src/core/base/time.ts'
import { auditTrainingData } from '../../../src/jobs/training/leakage.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { readTrainingData } from '../../../src/jobs/training/training-data.ts'
import { listFactsAround } from '../../../src/store/evaluation/leakage-history.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, addActivity, at } from '../../support/facts.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

let database: TestDatabase
const end = startOfDay('2025-11-01' as IsoDate)
const specification = loadSpecification('models')
const win = specification.models.find(({ model }) => model === 'win') as ModelSpecification

beforeAll(async () => {
  database = await createTestDatabase()
  await importSimulatedCompany(database.pool, {
    accounts: 300,
    months: 24,
    end: '2025-11-01' as IsoDate,
    seed: 3,
    openingShift: 1.2,
  })
})
afterAll(() => database.drop())

async function audit(fields: readonly string[]) {
  const features = FeatureSpecification.parse({
    ...specification.features,
    features: [
      ...specification.features.features,
      ...fields.map((field) => ({
        name: `field_${field}`,
        family: 'account_fit',
        noun: [field, field],
        measure: 'attribute',
        field,
        type: 'category',
      })),
    ],
  })
  const set = compileFeatures(features)
  const data = await readTrainingData(database.db, set, win, end, () => undefined)
  const found = await auditTrainingData(database.db, set, data, end)
  return found.map(({ column, kind, severity }) => `${column}: ${kind}, ${severity}`)
}

describe('the leakage audit of a database', () => {
  it('finds nothing in the simulated company', async () => {
    expect(await audit([])).toEqual([])
  })

  it('finds a field that is set when a deal is won: the motion of an account', async () => {
    const found = await audit(['motion'])
    expect(found).toEqual([expect.stringMatching(/^field_motion: changed_at_close, /)])
  })

  it('finds a value written at close and an attribute filled only on closed records', async () => {
    // Ten days after a close the CRM says how it ended; of all accounts with a closed deal it has a contract number.
    await sql`
      insert into account_version (account_id, source, known_at, backfilled, attributes)
      select distinct on (o.account_id) o.account_id, 'contracts', v.closed_at + interval '10 days', false,
        jsonb_build_object('lifecycle', v.outcome, 'contract', o.external_id)
      from opportunity o join opportunity_version v using (opportunity_id)
      where v.outcome <> 'open'
      order by o.account_id, v.closed_at`.execute(database.db)
    const found = await audit(['lifecycle', 'contract'])
    expect(found).toContain('field_lifecycle: changed_at_close, warning')
    expect(found).toContain('field_contract: filled_only_when_closed, critical')
    expect(found.every((finding) => finding.startsWith('field_'))).toBe(true)
  })
})

describe('facts around an as-of', () => {
  it('are the buyer facts before and after it, as far as they are known by the end', async () => {
    const { db } = database
    const accountId = await addAccount(db, 'around', at('2024-01-01'))
    const day = (occurred: string) => ({ kind: 'web_visit', occurred_at: at(occurred) })
    await addActivity(db, accountId, day('2024-09-30T23:59:59.999999'))
    await addActivity(db, accountId, day('2024-10-01'))
    await addActivity(db, accountId, day('2024-10-30'))
    await addActivity(db, accountId, { ...day('2024-10-02'), by: 'sales' })
    await addActivity(db, accountId, { ...day('2024-10-03'), known_at: at('2026-01-01') })
    await addActivity(db, accountId, day('2024-10-31'))
    const requests = [
      { accountId, asOf: at('2024-10-01') },
      { accountId, asOf: at('2020-01-01') },
    ]
    expect(await listFactsAround(db, requests, 30, at('2025-01-01'))).toEqual([
      { before: 1, after: 2 },
      { before: 0, after: 0 },
    ])
  })
})

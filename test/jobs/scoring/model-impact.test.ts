import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ModelArtifact, versionOf } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { loadModel } from '../../../src/jobs/registry/champion.ts'
import { modelImpact } from '../../../src/jobs/scoring/model-impact.ts'
import { scoreEverybody } from '../../../src/jobs/scoring/score.ts'
import { insertModelVersion } from '../../../src/store/registry/models.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { addAccount, addActivity, at } from '../../support/facts.ts'
import { testPolicy } from '../../support/store-scores.ts'

const NOW = at('2025-03-10T08:00:00')
let database: TestDatabase
const first = artifactOf()
/** A version whose in-market model gives every account a much lower probability. */
const second: ModelArtifact = {
  ...first,
  models: first.models.map(({ model, logistic }) => ({
    model,
    logistic: model === 'in_market' ? { ...logistic, intercept: logistic.intercept - 9 } : logistic,
  })),
}
const [FIRST, SECOND] = [versionOf(first), versionOf(second)]

beforeAll(async () => {
  database = await createTestDatabase()
  await insertModelVersion(database.db, FIRST, first)
  await insertModelVersion(database.db, SECOND, second)
  for (const name of ['acme', 'beta', 'gamma']) {
    const accountId = await addAccount(database.db, name, at('2025-01-01'))
    await addActivity(database.db, accountId, { kind: 'visit', occurred_at: at('2025-03-09') })
  }
})
afterAll(() => database.drop())

it('the accounts that another version would move are named, move when it becomes champion, and not before', async () => {
  const { db, pool } = database
  const policy = testPolicy({ qualified_probability: { enter: 0.0001 }, minimum_evidence: 'low' })
  await scoreEverybody(db, await loadModel(db, FIRST), NOW, undefined, policy)
  const count = async () => (await pool.query('select count(*)::int as events from event')).rows[0].events
  const before = await count()
  const same = await modelImpact(db, FIRST, policy, NOW)
  expect(same).toMatchObject({ scored: 3, enter: [], leave: [], changeStage: [] })
  const impact = await modelImpact(db, SECOND, policy, NOW)
  expect(impact.leave.map(({ externalId }) => externalId)).toEqual(['acme', 'beta', 'gamma'])
  expect(impact.leave[0]).toMatchObject({ motion: 'new_business', because: 'below_exit' })
  expect(await count()).toBe(before)
  await scoreEverybody(db, await loadModel(db, SECOND), NOW, undefined, policy)
  const { rows } = await pool.query(
    `select account_id from event where type = 'account.disqualified' and payload ->> 'reason' = 'model_changed' order by 1`,
  )
  expect(rows.map((row) => row.account_id)).toEqual(impact.leave.map(({ accountId }) => accountId))
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadChampion } from '../../../src/jobs/registry/champion.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { promote, rollBack } from '../../../src/jobs/registry/promote.ts'
import { scoreAccounts, scoreEverybody } from '../../../src/jobs/scoring/score.ts'
import { train } from '../../../src/jobs/training/train.ts'
import type { TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'
import { createCompanyDatabase } from '../../support/simulated-company.ts'

let database: TestDatabase
const end = at('2025-11-01')
const shipped = loadSpecification('models')
/** A company this small has enough examples for the in-market model only. */
const specification = { ...shipped, models: shipped.models.filter(({ model }) => model === 'in_market') }

beforeAll(async () => {
  database = await createCompanyDatabase()
})
afterAll(() => database.drop())

async function trainAsOf(day: string): Promise<string> {
  const outcome = await train(database.db, specification, at(day))
  if (outcome.kind !== 'trained') throw new Error('not trained')
  return outcome.version
}

/** The bytes of the champion's stored scores, and of its answers for some accounts. */
async function scores() {
  const { db, pool } = database
  const champion = await loadChampion(db)
  if (!champion) throw new Error('no champion')
  await scoreEverybody(db, champion, end)
  const { rows } = await pool.query<{ account_id: number; score: string }>(
    `select account_id, score::text || qualified_probability::text as score from account_score order by account_id`,
  )
  const ids = rows.slice(0, 50).map((row) => row.account_id)
  const answered = await scoreAccounts(db, champion, ids, end)
  return { stored: rows, answered: JSON.stringify(answered) }
}

it('a rollback restores the scores of the previous champion to the bit', async () => {
  const { db } = database
  const by = { promotedBy: 'test', force: true, reason: 'a test' }
  const [first, second] = [await trainAsOf('2025-09-01'), await trainAsOf('2025-11-01')]
  await promote(db, first, by)
  const ofFirst = await scores()
  await promote(db, second, by)
  const ofSecond = await scores()
  expect(ofSecond.answered).not.toBe(ofFirst.answered)
  await rollBack(db, { promotedBy: 'test', reason: null, expectedChampion: second })
  const again = await scores()
  expect(ofFirst.stored.length).toBeGreaterThan(200)
  expect(again.stored).toEqual(ofFirst.stored)
  expect(again.answered).toBe(ofFirst.answered)
})

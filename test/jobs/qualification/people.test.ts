import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { PeopleModel } from '../../../src/core/scoring/people/people-model.ts'
import { PeopleSpecification } from '../../../src/core/scoring/people/people-specification.ts'
import { type LoadedModel, prepareArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import type { Instant, IsoDate } from '../../../src/core/base/time.ts'
import { findBuyingGroup } from '../../../src/jobs/qualification/buying-groups.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { learnPeople } from '../../../src/jobs/training/contact-data.ts'
import { readLearningData } from '../../../src/jobs/training/learning-data.ts'
import { listCohortAccounts } from '../../../src/store/features/opportunity-histories.ts'
import { artifactOf } from '../../core/scoring/support.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'
import { importSimulatedCompany } from '../../support/simulated-company.ts'

let database: TestDatabase
const shipped = loadSpecification('models')
const people = PeopleSpecification.parse({ ...shipped.people, minimum_won: 15, minimum_lost: 15 })
const specification = { ...shipped, people }
const featureSet = compileFeatures(specification.features)
const end = at('2025-11-01')

beforeAll(async () => {
  database = await createTestDatabase()
  // Twelve times the default rate of openings, so that a small company has enough opportunities.
  const world = { accounts: 180, months: 24, end: '2025-11-01' as IsoDate, seed: 3, openingShift: 2.5 }
  await importSimulatedCompany(database.pool, world)
})
afterAll(() => database.drop())

async function learn(asOf: Instant): Promise<PeopleModel> {
  const data = await readLearningData(database.db, featureSet, specification, asOf, () => undefined)
  if (!data.people) throw new Error('people are not specified')
  return learnPeople(data.people)
}

describe('the people model, trained on stored facts', () => {
  it('is plain JSON of a model and roles, equal each time', async () => {
    const one = await learn(end)
    expect(one.not_trained_because).toBeNull()
    expect(one.contact?.people).toBeGreaterThan(one.contact?.opportunities ?? 0)
    expect(one.roles).toHaveLength(5)
    expect(PeopleModel.parse(JSON.parse(JSON.stringify(one)))).toEqual(one)
    expect(await learn(end)).toEqual(one)
  })

  it('uses no fact after its as-of', async () => {
    const early = await learn(at('2024-06-01'))
    expect(early.contact).toBeNull()
    expect(early.not_trained_because).toContain('needs 15 won and 15 lost opportunities')
  })

  it('scores each person of an account from 0 to 100; without activity the engagement is 0', async () => {
    const learned = await learn(end)
    const artifact = artifactOf()
    const model: LoadedModel = prepareArtifact(
      { ...artifact, specification: { ...artifact.specification, people }, people: learned },
      'm-1',
    )
    const accounts = await listCohortAccounts(database.db, end)
    const groups = await Promise.all(
      accounts.slice(0, 40).map(({ accountId }) => findBuyingGroup(database.db, model, accountId, end)),
    )
    const everybody = groups.flatMap((group) => group?.people ?? [])
    expect(everybody.length).toBeGreaterThan(40)
    for (const person of everybody) {
      expect(person.contact_fit).toBeGreaterThanOrEqual(1)
      if (person.activities === 0) expect(person.contact_engagement).toBe(0)
      else expect(person.contact_engagement).toBeGreaterThanOrEqual(1)
      expect(person.reasons.length).toBeLessThanOrEqual(3)
    }
    expect(everybody.some(({ contact_engagement: engagement }) => (engagement ?? 0) > 50)).toBe(true)
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileFeatures } from '../../../src/core/features/compile.ts'
import { ModelArtifact } from '../../../src/core/scoring/artifact/model-artifact.ts'
import { loadModel } from '../../../src/jobs/registry/champion.ts'
import { evaluateHeldOut } from '../../../src/jobs/evaluation/evaluate.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { scoreEverybody } from '../../../src/jobs/scoring/score.ts'
import { train } from '../../../src/jobs/training/train.ts'
import { readTrainingData } from '../../../src/jobs/training/training-data.ts'
import { listModelVersions } from '../../../src/store/registry/models.ts'
import type { TestDatabase } from '../../support/server/database.ts'
import { at } from '../../support/facts.ts'
import { createCompanyDatabase } from '../../support/simulated-company.ts'

let database: TestDatabase
const end = at('2025-11-01')
const shipped = loadSpecification('models')
/** Of a company this small only the openings can be learned. */
const specification = { ...shipped, models: shipped.models.filter(({ model }) => model === 'in_market') }
const [inMarket] = specification.models

beforeAll(async () => {
  database = await createCompanyDatabase()
})
afterAll(() => database.drop())

describe('training data', () => {
  it('has a row for each example, described as of it, and all left out are counted', async () => {
    if (!inMarket) throw new Error('no specification')
    const steps: number[] = []
    const set = compileFeatures(specification.features)
    const data = await readTrainingData(database.db, set, inMarket, end, (_, done) => steps.push(done))
    expect(data.rows).toHaveLength(data.cohort.rows.length)
    expect(steps.at(-1)).toBe(data.rows.length)
    data.rows.forEach((row, index) => {
      const example = data.cohort.rows[index]
      expect([row.id, row.asOf, row.won]).toEqual([example?.account.externalId, example?.asOf, example?.won])
      expect(row.values).toHaveLength(data.columns.length)
    })
    // 2025-08-01 + 92 days = 2025-11-01: September and October are not complete.
    expect(data.cohort.excluded.label_not_mature).toBe(250 * 2)
  })
})

describe('training', () => {
  it('gives the same version from the same data, and stores it once', async () => {
    const one = await train(database.db, specification, end)
    const other = await train(database.db, specification, end)
    if (one.kind !== 'trained' || other.kind !== 'trained') throw new Error('not trained')
    expect(other.version).toBe(one.version)
    expect(await listModelVersions(database.db)).toEqual([one.version])
    expect(ModelArtifact.parse(JSON.parse(JSON.stringify(one.artifact)))).toEqual(one.artifact)
    expect(one.artifact.cohorts[0]?.won).toBeGreaterThan(40)
    expect(one.artifact.as_of).toBe(end)
  })

  it('keeps the reference population: all accounts without an open opportunity, and where the stages begin', async () => {
    const [version = ''] = await listModelVersions(database.db)
    const { artifact } = await loadModel(database.db, version)
    const { rows } = await database.pool.query<{ accounts: number }>(
      `select count(distinct o.account_id)::int as accounts from opportunity o where not exists (
        select from opportunity_version v where v.opportunity_id = o.opportunity_id and v.closed_at is not null)`,
    )
    expect(artifact.reference?.accounts).toBe(250 - (rows[0]?.accounts ?? 0))
    expect(artifact.reference?.stages[0]).toEqual({ stage: 'target', from: 0 })
    expect(artifact.reference?.stages.length).toBeGreaterThan(1)
    const { engagement, account_fit: fit } = artifact.reference?.parts ?? {}
    expect(engagement).toEqual(engagement?.toSorted((one, other) => one - other))
    // Only the in-market model was trained: nothing ranks a fit.
    expect(fit).toBeNull()
  })

  it('scores with what it stored: contributions add up to the log-odds', async () => {
    const [version = ''] = await listModelVersions(database.db)
    const model = await loadModel(database.db, version)
    const { scored } = await scoreEverybody(database.db, model, end)
    expect(scored).toBeGreaterThan(200)
    const rows = await database.db.selectFrom('account_score').select('in_market_probability').execute()
    expect(rows.filter((row) => row.in_market_probability !== null).length).toBeGreaterThan(150)
  })

  it('uses only facts before its as-of', async () => {
    const earlier = await train(database.db, specification, at('2025-06-01'))
    if (earlier.kind !== 'trained') throw new Error('not trained')
    const dates = earlier.artifact.models[0]?.logistic.cross_validation.folds.map(({ split }) => split ?? '')
    expect(dates?.every((split) => split < '2025-06-01')).toBe(true)
    expect(earlier.artifact.data_sha256).not.toBe(
      (await train(database.db, specification, end).then(artifactOf)).data_sha256,
    )
  })

  it('is refused, not failed, if there is too little data', async () => {
    const outcome = await train(database.db, shipped, at('2024-03-01'))
    expect(outcome).toMatchObject({
      kind: 'refused',
      model: 'in_market',
      failure: { kind: 'too_few', needed: { won: 40 } },
    })
  })

  it('is refused with all unknown names at once', async () => {
    const [first] = specification.features.features
    if (!first) throw new Error('no feature')
    const mistyped = {
      ...specification,
      features: {
        ...specification.features,
        features: [
          { ...first, name: 'a', measure: 'attribute' as const, field: 'industri', type: 'category' as const },
          {
            ...first,
            name: 'b',
            measure: 'count' as const,
            of: 'activity' as const,
            kinds: ['web_visits'],
            window_days: 7,
          },
        ],
      },
    }
    await expect(train(database.db, mistyped, end)).rejects.toMatchObject({
      code: 'SpecificationInvalid',
      message: expect.stringMatching(
        /"industri"; nearest known: industry.*\n.*"web_visits"; nearest known: web_visit/s,
      ) as string,
    })
  })
})

describe('a held-out evaluation', () => {
  it('tests only on examples described after the split', async () => {
    if (!inMarket) throw new Error('no specification')
    const result = await evaluateHeldOut(database.db, specification.features, inMarket, at('2025-05-01'), end)
    if (result.kind !== 'evaluated') throw new Error('refused')
    expect(result.evaluation.auc).toBeGreaterThan(0.55)
    expect(result.evaluation.testRows).toBeGreaterThan(500)
  })
})

function artifactOf(outcome: Awaited<ReturnType<typeof train>>): ModelArtifact {
  if (outcome.kind !== 'trained') throw new Error('not trained')
  return outcome.artifact
}

import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptResults } from '../../../scripts/study/levels/kept-results.ts'
import { compareLevels, importCompany, type LevelFigures } from '../../../scripts/study/levels/measure.ts'
import { loadSpecification } from '../../../src/jobs/models/load-specification.ts'
import { drawHazardCompany } from '../../../src/simulation/hazard/company.ts'
import { HAZARD_DEFAULTS, type HazardOptions } from '../../../src/simulation/hazard/world.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const shipped = loadSpecification('models')
/** One penalty: what is compared is the population, not the search. */
const specification = {
  ...shipped,
  models: shipped.models.map((model) => ({ ...model, training: { ...model.training, penalties: [10] } })),
}
/** As it was: outbound opportunities are left out of in-market and learned from by win. */
const twoPopulations = {
  ...specification,
  models: specification.models.map((model) =>
    model.model === 'win' ? { ...model, opportunities: { ...model.opportunities, exclude_lead_sources: [] } } : model,
  ),
}

describe('levels of a company by another process than the simulator', () => {
  const outbound: HazardOptions = {
    ...HAZARD_DEFAULTS,
    seed: 'ci',
    accounts: 1500,
    outboundShare: 0.36,
    outboundOdds: 1 / 3,
  }
  let database: TestDatabase
  beforeEach(async () => {
    database = await createTestDatabase()
  })
  afterEach(() => database.drop())

  it('are right where both models count the same opportunities, and too low where win counts outbound ones', async () => {
    const company = drawHazardCompany(outbound)
    await importCompany(database.pool, company)
    const right = await compareLevels(database.db, company, specification)
    expect(right.win).toBeGreaterThan(0.85)
    expect(right.win).toBeLessThan(1.15)
    expect(right.qualified).toBeGreaterThan(0.85)
    expect(right.qualified).toBeLessThan(1.15)
    expect(right.win_interval_holds).toBeGreaterThan(0.75)
    const wrong = await compareLevels(database.db, company, twoPopulations)
    expect(wrong.win).toBeGreaterThan(1.2)
    expect(wrong.win_interval_holds).toBeLessThan(0.6)
    expect(wrong.accounts).toBe(right.accounts)
  })
})

describe('results of a study that are kept', () => {
  const company: HazardOptions = { ...HAZARD_DEFAULTS, seed: '1-0' }
  const figures: LevelFigures = {
    seed: '1-0',
    closed: 900,
    accounts: 2000,
    win: 1.01,
    in_market: 0.98,
    qualified: 1,
    qualified_by_fifth: [1, 1, 1, 1, 1],
    win_interval_holds: 0.9,
    win_interval_width: 0.2,
    found_in_best_5_percent: 0.9,
  }
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'winrate-results-'))
    file = path.join(folder, 'results.jsonl')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('are found again for the same company, and only for that', async () => {
    await keptResults(file).keep(company, figures)
    const again = keptResults(file)
    expect(again.find(company)).toEqual(figures)
    expect(again.find({ ...company, outboundShare: 0.1 })).toBeUndefined()
  })

  it('lose only the line that was being written when the study was killed', async () => {
    await keptResults(file).keep(company, figures)
    const whole = await readFile(file, 'utf8')
    await appendFile(file, whole.slice(0, 40))
    const again = keptResults(file)
    expect(again.find(company)).toEqual(figures)
    await again.keep({ ...company, seed: '1-1' }, { ...figures, seed: '1-1' })
    expect(keptResults(file).find({ ...company, seed: '1-1' })?.seed).toBe('1-1')
  })

  it('are not written into a file of another kind', async () => {
    for (const text of ['external_id,name\n1,Acme\n', 'no line end', '{"company":{}}\n']) {
      await writeFile(file, text)
      expect(() => keptResults(file)).toThrow(`--results ${file}: line 1 is not a result of this study`)
      expect(await readFile(file, 'utf8')).toBe(text)
    }
  })
})

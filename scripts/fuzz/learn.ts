import path from 'node:path'
import type { Kysely } from 'kysely'
import { instantOfEpochMs } from '../../src/core/base/time.ts'
import { loadModel } from '../../src/jobs/registry/champion.ts'
import { loadSpecification } from '../../src/jobs/models/load-specification.ts'
import { promote } from '../../src/jobs/registry/promote.ts'
import { scoreEverybody } from '../../src/jobs/scoring/score.ts'
import { train } from '../../src/jobs/training/train.ts'
import type { Database } from '../../src/store/database/tables/schema.ts'

const MODELS = path.join(import.meta.dirname, '../../models')

/**
 * A champion and stored scores, so that what is asked for is there. Of a company of a few hundred accounts only the
 * openings can be learned, which is enough here.
 */
export async function learnQuickly(db: Kysely<Database>): Promise<void> {
  const shipped = loadSpecification(MODELS)
  const specification = { ...shipped, models: shipped.models.filter(({ model }) => model === 'in_market') }
  const asOf = instantOfEpochMs(Date.now())
  const outcome = await train(db, specification, asOf)
  if (outcome.kind !== 'trained') throw new Error(`the model could not be trained: ${outcome.failure.kind}`)
  await promote(db, outcome.version, { promotedBy: 'fuzz', force: true, reason: 'to be fuzzed' })
  await scoreEverybody(db, await loadModel(db, outcome.version), asOf)
}

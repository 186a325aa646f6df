import type { Kysely } from 'kysely'
import { decideAll } from '../../core/qualification/evaluate-policy.ts'
import { impactOf, type ModelImpact } from '../../core/qualification/impact.ts'
import { type Policy, rulesOf } from '../../core/qualification/policy.ts'
import type { Instant } from '../../core/base/time.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { countEntered, listAllStates, listStages } from '../../store/qualification/motion-states.ts'
import { listPreviousScores } from '../../store/scoring/write-scores.ts'
import { loadModel } from '../registry/champion.ts'
import { readScores } from './score.ts'

/**
 * Who would move if a version were put in use now: everybody is scored by it and decided upon as the scoring would, and
 * nothing is stored. The holdout is left out, since what it would say is nobody's to know: a few who would enter may not.
 * @throws AppError ModelNotFound
 */
export async function modelImpact(
  db: Kysely<Database>,
  version: string,
  policy: Policy,
  asOf: Instant,
  progress?: (done: number, total: number) => void,
): Promise<ModelImpact> {
  const model = await loadModel(db, version)
  const { scored } = await readScores(db, model, policy, asOf, progress)
  const ids = scored.map(({ accountId }) => accountId)
  const [states, stages, previous] = [
    await listAllStates(db),
    await listStages(db, ids),
    await listPreviousScores(db, ids),
  ]
  const { events } = decideAll({
    accounts: scored.map(({ accountId, score: { contributions: _, ...score }, facts }) => ({
      accountId,
      states: states.get(accountId) ?? new Map<string, never>(),
      stage: stages.get(accountId) ?? null,
      previous: previous.get(accountId) ?? null,
      score,
      facts,
    })),
    rules: rulesOf(policy, model.policy),
    holdout: { ...policy.holdout, share: 0 },
    scoreStep: policy.score_step,
    asOf,
    enteredThisMonth: await countEntered(db, asOf),
  })
  return impactOf(events, scored.length)
}

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
 * The accounts that would enter or leave the list if a version became the champion now. All accounts are scored and decided as in a
 * scoring run; nothing is stored. The holdout is ignored, since its assignments are secret: the control group would not enter.
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

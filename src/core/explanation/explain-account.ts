import type { AccountSnapshot } from '../features/snapshot.ts'
import type { LoadedModel } from '../scoring/artifact/model-artifact.ts'
import type { StoredScore } from '../scoring/published-score.ts'
import { answersOf } from '../scoring/score-account.ts'
import type { ThresholdFor } from './threshold.ts'
import { findCounterfactuals } from './counterfactuals.ts'
import { explainModel, explainReasons } from './explain-models.ts'
import type { Change, Explanation } from './published-explanation.ts'
import { explainUncertainty } from './uncertainty.ts'

export interface ExplainRequest {
  readonly loaded: LoadedModel
  readonly snapshot: AccountSnapshot
  readonly opened: { readonly snapshot: AccountSnapshot } | null
  /** Of the same snapshot by the same version. */
  readonly score: StoredScore
  readonly thresholdFor: ThresholdFor
  readonly change: Change | null
  readonly matchesStored: boolean | null
}

/** Everything there is to say about one account's score, as a pure function of its facts and a version. */
export function explainAccount(request: ExplainRequest): Explanation {
  const { loaded, snapshot, opened, score, thresholdFor, change, matchesStored } = request
  const answers = answersOf(loaded, snapshot, opened)
  const models = answers.map((answer) => explainModel(loaded, answer))
  return {
    score,
    models,
    reasons: [...explainReasons(loaded, answers, models)],
    uncertainty: explainUncertainty(loaded, answers, score),
    counterfactuals: findCounterfactuals(loaded, snapshot, thresholdFor, {
      open: opened !== null,
      stage: score.buying_stage,
    }),
    change,
    matches_stored: matchesStored,
  }
}

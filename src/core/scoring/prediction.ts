import type { FeatureValue } from '../features/types.ts'
import type { ModelPrediction, LogisticModel } from '../training/logistic/logistic-model.ts'
import type { ModelName } from './artifact/model-artifact.ts'

/** One model's answer for one account, with the values it read. */
export interface Prediction {
  readonly name: ModelName
  readonly result: ModelPrediction
  readonly model: LogisticModel
  readonly values: ReadonlyMap<string, FeatureValue>
}

import type { PlainFeature } from './specification.ts'
import type { FeatureValue } from './types.ts'

/** Whether a known value stands for the absence of facts: no visit, no known person, no research. */
export function saysNothing(definition: PlainFeature, value: Exclude<FeatureValue, null>): boolean {
  switch (definition.measure) {
    case 'attribute':
      return false
    case 'days_since_last':
      return value === definition.window_days
    case 'last_kind':
      return value === 'none'
    default:
      return value === 0
  }
}

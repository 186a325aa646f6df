import { STANDARD_VOCABULARY, suggestion, union, type Vocabulary } from '../../features/check-specification.ts'
import type { ScoreSpecification } from './score-specification.ts'

/** Unknown names of `models/scores.json`: the kinds of declared intent, and the fields that define a segment. */
export function unknownScoreNames(scores: ScoreSpecification | undefined, observed: Vocabulary): readonly string[] {
  if (!scores) return []
  const complain = (what: string, names: readonly string[], among: readonly string[]) =>
    names
      .filter((name) => !among.includes(name))
      .map((name) => `scores.json names an unknown ${what} "${name}"; ${suggestion(name, among)}`)
  const { declared_intent: declared, expected_amount: expected } = scores
  return [
    ...complain('activity kind', declared.kinds, union(STANDARD_VOCABULARY.activityKinds, observed.activityKinds)),
    ...complain(
      'field',
      expected.segment_by.map(({ field }) => field),
      union(STANDARD_VOCABULARY.fields, observed.fields),
    ),
  ]
}

import type { AccountSnapshot } from '../features/snapshot.ts'
import type { Prediction } from './prediction.ts'
import type { PublishedScore } from './published-score.ts'

/** With this share of the features known or more, evidence may be high; below the other it is low. */
const NEARLY_ALL = 0.85
const HALF = 0.5

/**
 * The share of the models' features that was known of an account, and what is missing, in words.
 *
 * High: nearly all features known, some behaviour, no value unknown to training. Low: half of the features or more unknown, or
 * neither a person nor an activity known.
 */
export function evidenceOf(
  snapshot: AccountSnapshot,
  answers: readonly Prediction[],
): Pick<PublishedScore, 'evidence' | 'evidence_gaps'> {
  const values = answers.flatMap((answer) => [...answer.values.values()])
  const known = values.filter((value) => value !== null).length / Math.max(1, values.length)
  const hasBehaviour = snapshot.activities.length > 0 || snapshot.intentSignals.length > 0
  const hasPeople = snapshot.contacts.length > 0
  const unseen = [...new Set(answers.flatMap((answer) => answer.result.unseen))]
  const gaps: string[] = []
  if (!hasPeople) gaps.push('No contact of the account is known')
  if (!hasBehaviour) gaps.push('No activity of the account is known')
  if (known < NEARLY_ALL) gaps.push(`Only ${Math.floor(100 * known)}% of the model's features are known`)
  for (const feature of unseen) gaps.push(`${spoken(feature)}: no account with this value was in the training data`)
  if (known < HALF || (!hasBehaviour && !hasPeople)) return { evidence: 'low', evidence_gaps: gaps }
  const isHigh = known >= NEARLY_ALL && hasBehaviour && unseen.length === 0
  return isHigh ? { evidence: 'high', evidence_gaps: [] } : { evidence: 'medium', evidence_gaps: gaps }
}

function spoken(feature: string): string {
  const text = feature.replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

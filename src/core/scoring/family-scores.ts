import { saysNothing } from '../features/nothing.ts'
import type { Family } from '../features/types.ts'
import type { LoadedModel } from './artifact/model-artifact.ts'
import { gradeOf, levelOf } from './grades.ts'
import type { Prediction } from './prediction.ts'
import type { PublishedScore } from './published-score.ts'
import { percentileIn } from '../statistics/quantiles.ts'
import { type Parts, partsOf, type Reference } from './artifact/reference.ts'

type Published = Pick<PublishedScore, 'scores' | 'grades' | 'fit_intent'>

/** The predictions of the win and the in-market model for one account; null where a version has no such model. */
export interface Answers {
  readonly win: Prediction | null
  readonly inMarket: Prediction | null
}

const MODEL_OF: Readonly<Record<Family, keyof Answers>> = {
  account_fit: 'win',
  contact_fit: 'win',
  engagement: 'inMarket',
  intent: 'inMarket',
}

/** Four scores with their grades, and the place on the fit x intent grid. All null for a version without a reference. */
export function familyScores(model: LoadedModel, answers: Answers): Published {
  const { reference } = model.artifact
  const evidence = evidenceByFamily(model, answers)
  const parts = partsFrom(answers, evidence)
  const score = (family: Family) => scoreOf(reference, parts, family, [evidence[family]])
  const scores = {
    account_fit: score('account_fit'),
    contact_fit: score('contact_fit'),
    engagement: score('engagement'),
    intent: score('intent'),
  }
  return {
    scores,
    grades: {
      account_fit: gradeOf(scores.account_fit),
      contact_fit: gradeOf(scores.contact_fit),
      engagement: gradeOf(scores.engagement),
      intent: gradeOf(scores.intent),
    },
    fit_intent: {
      fit: levelOf(scoreOf(reference, parts, 'fit', [evidence.account_fit, evidence.contact_fit])),
      intent: levelOf(scoreOf(reference, parts, 'behaviour', [evidence.engagement, evidence.intent])),
    },
  }
}

/** Each part of an account that is ranked; null where all of its features are unknown. */
export function rankedParts(model: LoadedModel, answers: Answers): Parts {
  return partsFrom(answers, evidenceByFamily(model, answers))
}

function partsFrom(answers: Answers, evidence: FamilyEvidence): Parts {
  const part = (family: Family) =>
    evidence[family] === 'unknown' ? null : (answers[MODEL_OF[family]]?.result.familyParts[family] ?? null)
  return partsOf({
    account_fit: part('account_fit'),
    contact_fit: part('contact_fit'),
    engagement: part('engagement'),
    intent: part('intent'),
  })
}

/** `nothing`: it is known that there was no activity, or that nobody is known there. */
type Evidence = 'unknown' | 'nothing' | 'something'
type FamilyEvidence = Readonly<Record<Family, Evidence>>

function evidenceByFamily({ featureSet }: LoadedModel, answers: Answers): FamilyEvidence {
  const evidence: Record<Family, Evidence> = {
    account_fit: 'unknown',
    contact_fit: 'unknown',
    engagement: 'unknown',
    intent: 'unknown',
  }
  for (const { definition } of featureSet.features) {
    const { family } = definition
    const value =
      evidence[family] === 'something' ? null : (answers[MODEL_OF[family]]?.values.get(definition.name) ?? null)
    if (value === null) continue
    // Account fit is never `nothing`: every company has a size and an industry. Only behaviour and people can be absent.
    evidence[family] = family === 'account_fit' || !saysNothing(definition, value) ? 'something' : 'nothing'
  }
  return evidence
}

/** Whole percentiles; 0 is reserved for accounts known to have no activity or people. */
function scoreOf(
  reference: Reference | undefined,
  parts: Parts,
  name: keyof Parts,
  evidence: readonly Evidence[],
): number | null {
  const [part, distribution] = [parts[name], reference?.parts[name]]
  if (part === null || !distribution) return null
  if (evidence.every((one) => one !== 'something')) return 0
  return Math.max(1, Math.round(percentileIn(distribution, part)))
}

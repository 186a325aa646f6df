import { type Stage, STAGES } from '../backtest/stages.ts'
import type { AccountSnapshot } from '../features/snapshot.ts'
import type { LoadedModel } from '../scoring/bundle.ts'
import { buyingStage, stageBoundaries } from '../scoring/buying-stage.ts'
import { evidenceOf } from '../scoring/evidence.ts'
import { answersOf } from '../scoring/score-account.ts'
import { percent } from './comparison.ts'

const EVIDENCE = ['low', 'medium', 'high'] as const

/** What an account needs to be listed, besides not being excluded. */
export interface Bar {
  /** The qualified probability at or above which it is listed. */
  readonly enter: number
  /** The buying stage from which it is; `target` asks for nothing. */
  readonly minimumStage: Stage
  readonly minimumEvidence: (typeof EVIDENCE)[number]
}

/** What an account has of that. */
export interface Standing {
  readonly probability: number
  readonly stage: Stage
  readonly evidence: (typeof EVIDENCE)[number]
}

/** Null where the version lacks a model: there is no qualified probability then. */
export function standingOf(loaded: LoadedModel, snapshot: AccountSnapshot): Standing | null {
  const answers = answersOf(loaded, snapshot, null)
  const [inMarket, win] = ['in_market', 'win'].map((name) => answers.find((answer) => answer.name === name))
  if (!inMarket || !win) return null
  return {
    probability: inMarket.result.probability * win.result.probability,
    stage: buyingStage(stageBoundaries(loaded), inMarket.result.probability, null),
    evidence: evidenceOf(snapshot, answers).evidence,
  }
}

export function isOver({ probability, stage, evidence }: Standing, bar: Bar): boolean {
  return (
    probability >= bar.enter &&
    STAGES.indexOf(stage) >= STAGES.indexOf(bar.minimumStage) &&
    EVIDENCE.indexOf(evidence) >= EVIDENCE.indexOf(bar.minimumEvidence)
  )
}

/** "at or over the bar of 5 %, in the decision stage"; where something is missing, what. */
export function standingInWords(standing: Standing, bar: Bar): string {
  const { probability, stage, evidence } = standing
  if (probability < bar.enter) return `below the bar of ${percent(bar.enter)}`
  const over = `at or over the bar of ${percent(bar.enter)}`
  if (isOver(standing, bar)) return bar.minimumStage === 'target' ? over : `${over}, in the ${stage} stage`
  return STAGES.indexOf(stage) < STAGES.indexOf(bar.minimumStage)
    ? `${over}, but in the ${stage} stage and not yet in ${bar.minimumStage}`
    : `${over}, but with ${evidence} evidence where ${bar.minimumEvidence} is needed`
}

import { type Stage, STAGES } from '../../scoring/stages/stages.ts'
import { GRADES, LEVELS, type StoredScore } from '../../scoring/published-score.ts'
import type { Instant } from '../../base/time.ts'

/** The data of an account that may be written to a CRM. */
export interface AccountToTell {
  readonly accountId: number
  readonly externalId: string
  /** Null: the account is no longer scored, and its properties are emptied. */
  readonly score: StoredScore | null
  readonly stage: Stage | null
  /** The lists that it is on, and since when on the first of them. */
  readonly lists: readonly string[]
  readonly qualifiedSince: Instant | null
  readonly owner: string | null
  /** The qualified probability as it was stored `TREND_DAYS` ago. */
  readonly earlierProbability: number | null
}

export type CrmValue = string | number | boolean | null

interface Field {
  readonly read: (account: AccountToTell) => CrmValue
  /** All that it can be, where that is a closed list. */
  readonly among?: readonly string[]
}

export const TREND_DAYS = 28
export const TRENDS = ['improving', 'steady', 'declining', 'not_enough'] as const
/** A chance that is this many times what it was has moved. */
const MOVED = 1.25

/** Over the last `TREND_DAYS`, by how many times the qualified probability has grown or shrunk. */
export function trendOf({ score, earlierProbability }: AccountToTell): (typeof TRENDS)[number] {
  const now = score?.qualified_probability ?? null
  if (now === null || earlierProbability === null) return 'not_enough'
  if (now >= earlierProbability * MOVED && now > earlierProbability) return 'improving'
  return now * MOVED <= earlierProbability && now < earlierProbability ? 'declining' : 'steady'
}

/** The fields that a mapping may name. Percents are chances of 0 to 100 with one decimal, scores are percentiles. */
export const FIELDS = {
  account_external_id: { read: (account) => account.externalId },
  as_of: { read: ({ score }) => score?.as_of ?? null },
  model_version: { read: ({ score }) => score?.model_version ?? null },
  chance_percent: { read: ({ score }) => percent(score?.qualified_probability) },
  in_market_percent: { read: ({ score }) => percent(score?.in_market_probability) },
  win_percent: { read: ({ score }) => percent(score?.win_probability) },
  buying_stage: { read: ({ stage }) => stage, among: STAGES },
  fit_score: { read: ({ score }) => score?.scores.account_fit ?? null },
  contact_fit_score: { read: ({ score }) => score?.scores.contact_fit ?? null },
  engagement_score: { read: ({ score }) => score?.scores.engagement ?? null },
  intent_score: { read: ({ score }) => score?.scores.intent ?? null },
  fit_grade: { read: ({ score }) => score?.grades.account_fit ?? null, among: GRADES },
  contact_fit_grade: { read: ({ score }) => score?.grades.contact_fit ?? null, among: GRADES },
  engagement_grade: { read: ({ score }) => score?.grades.engagement ?? null, among: GRADES },
  intent_grade: { read: ({ score }) => score?.grades.intent ?? null, among: GRADES },
  fit_level: { read: ({ score }) => score?.fit_intent.fit ?? null, among: LEVELS },
  intent_level: { read: ({ score }) => score?.fit_intent.intent ?? null, among: LEVELS },
  expected_amount: { read: ({ score }) => score?.expected_amount ?? null },
  expected_value: { read: ({ score }) => score?.expected_value ?? null },
  currency: { read: ({ score }) => score?.currency ?? null },
  evidence: { read: ({ score }) => score?.evidence ?? null, among: ['high', 'medium', 'low'] },
  reason_1: { read: ({ score }) => score?.reasons[0]?.sentence ?? null },
  reason_2: { read: ({ score }) => score?.reasons[1]?.sentence ?? null },
  reason_3: { read: ({ score }) => score?.reasons[2]?.sentence ?? null },
  trend: { read: trendOf, among: TRENDS },
  qualified: { read: ({ lists }) => lists.length > 0 },
  qualified_lists: { read: ({ lists }) => (lists.length > 0 ? lists.join('; ') : null) },
  qualified_since: { read: ({ qualifiedSince }) => qualifiedSince },
  owner: { read: ({ owner }) => owner },
} as const satisfies Readonly<Record<string, Field>>
export type FieldName = keyof typeof FIELDS
export const FIELD_NAMES = Object.keys(FIELDS) as [FieldName, ...FieldName[]]

function percent(probability: number | null | undefined): number | null {
  return probability === null || probability === undefined ? null : Math.round(probability * 1000) / 10
}

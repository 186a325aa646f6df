import { z } from 'zod'
import { Action } from '../../core/qualification/playbook/action.ts'
import type { Triggered } from '../../core/qualification/playbook/evaluate-rules.ts'
import { type ContactHours, contactDueAt } from '../../core/qualification/service-level.ts'
import { STATES } from '../../core/qualification/state.ts'
import { PublishedScore } from '../../core/scoring/published-score.ts'
import type { PersonToReach } from '../../jobs/qualification/people-to-reach.ts'
import type { QualifiedAccount } from '../../store/qualification/qualified-list.ts'
import { EXAMPLE_REASON, EXAMPLE_SCORE } from './examples.ts'
import { ScoreReason } from './views.ts'

const TOP_REASONS = 3
export const MOST_PEOPLE = 3

const { shape } = PublishedScore

/** The key of a row: always present. */
const IDENTITY = {
  account_id: z.int(),
  external_id: z.string(),
  motion: z.string().describe('The motion of the list, as the policy names it.'),
}

/** The fields of a score that a row shows unchanged. */
const SCORE_FIELDS = z.object({
  qualified_probability: shape.qualified_probability.unwrap(),
  qualified_interval: shape.qualified_interval.unwrap(),
  in_market_probability: shape.in_market_probability.unwrap(),
  in_market_interval: shape.in_market_interval.unwrap(),
  win_probability: shape.win_probability,
  win_interval: shape.win_interval,
  buying_stage: shape.buying_stage,
  scores: shape.scores,
  grades: shape.grades,
  fit_intent: shape.fit_intent,
  expected_amount: shape.expected_amount,
  expected_value: shape.expected_value,
  currency: shape.currency,
  declared_intent: shape.declared_intent,
  evidence: shape.evidence,
  evidence_gaps: shape.evidence_gaps,
})

/** The fields that `fields` selects from. */
const FIELDS = {
  name: shape.account_name,
  state: z.enum(STATES),
  owner: z.string().nullable().describe('The person who works the account.'),
  qualified_since: z.string().describe('The instant at which it entered the list.'),
  contact_due_at: z
    .string()
    .describe('The deadline of the first contact (models/sla.json). It remains after the contact.'),
  touched_at: z.string().nullable().describe('The last action of a person since it entered the list.'),
  ...SCORE_FIELDS.shape,
  reasons: z.array(ScoreReason).max(TOP_REASONS).describe('Strongest first.'),
  people_to_reach: z
    .array(
      z.strictObject({
        contact_external_id: z.string(),
        name: z.string().nullable(),
        title: z.string().nullable(),
        buying_role: z.string().nullable(),
        why: z.string(),
      }),
    )
    .max(MOST_PEOPLE)
    .nullable()
    .describe('The people to contact, in order, without those who must not be contacted. Null with `as_of`.'),
  next_actions: z
    .array(z.strictObject({ ...Action.shape, triggered_at: z.string(), expires_at: z.string() }))
    .nullable()
    .describe('The next actions of the playbook. Null with `as_of`.'),
  as_of: z.string().describe('The score uses the facts known before this instant.'),
  scored_at: z.string(),
  model_version: z.string(),
}
type FieldName = keyof typeof FIELDS

export const FIELD_NAMES = Object.keys(FIELDS) as [FieldName, ...FieldName[]]

export const QualifiedAccountView = z.strictObject({ ...IDENTITY, ...z.strictObject(FIELDS).partial().shape }).meta({
  id: 'QualifiedAccount',
  description: 'A qualified account. All fields are present unless `fields` selects some.',
  examples: [
    {
      account_id: 4711,
      external_id: '0015g00000XyZab',
      motion: 'new_business',
      name: 'Acme GmbH',
      state: 'qualified',
      owner: null,
      qualified_since: '2026-02-27T00:00:00.000000Z',
      contact_due_at: '2026-02-28T00:00:00.000000Z',
      touched_at: null,
      ...SCORE_FIELDS.parse(EXAMPLE_SCORE),
      reasons: [EXAMPLE_REASON],
      people_to_reach: [
        {
          contact_external_id: '0035g00000AbCde',
          name: 'Ada Lee',
          title: 'CFO',
          buying_role: 'economic_decision_maker',
          why: 'Economic decision maker, 3 activities in the last 90 days, the latest 2 days ago.',
        },
      ],
      next_actions: [],
      as_of: '2026-03-02T00:00:00.000000Z',
      scored_at: '2026-03-02T00:04:11.120000Z',
      model_version: 'm-0f1e2d3c4b5a6978',
    },
  ],
})
type QualifiedAccountView = z.infer<typeof QualifiedAccountView>

export interface QualifiedRow extends QualifiedAccount {
  readonly people: readonly PersonToReach[] | null
  readonly actions: readonly Triggered[] | null
}

/** @param fields undefined: all */
export function qualifiedAccountView(
  row: QualifiedRow,
  contactHours: ContactHours,
  fields: readonly FieldName[] | undefined,
): QualifiedAccountView {
  const { accountId, externalId, motion } = row
  const identity = { account_id: accountId, external_id: externalId, motion }
  const whole = fieldsOf(row, contactHours)
  if (!fields) return { ...identity, ...whole }
  return { ...identity, ...Object.fromEntries(fields.map((name) => [name, whole[name]])) }
}

function fieldsOf(row: QualifiedRow, contactHours: ContactHours): Required<Pick<QualifiedAccountView, FieldName>> {
  const { score, state, motion, qualifiedSince, people, actions } = row
  return {
    name: score.account_name,
    state: state.state,
    owner: state.owner,
    qualified_since: qualifiedSince,
    contact_due_at: contactDueAt(contactHours, motion, qualifiedSince),
    touched_at: state.touchedAt,
    qualified_probability: score.qualified_probability,
    qualified_interval: score.qualified_interval,
    in_market_probability: score.in_market_probability,
    in_market_interval: score.in_market_interval,
    win_probability: score.win_probability,
    win_interval: score.win_interval,
    buying_stage: score.buying_stage,
    scores: score.scores,
    grades: score.grades,
    fit_intent: score.fit_intent,
    expected_amount: score.expected_amount,
    expected_value: score.expected_value,
    currency: score.currency,
    declared_intent: score.declared_intent,
    evidence: score.evidence,
    evidence_gaps: score.evidence_gaps,
    reasons: score.reasons.slice(0, TOP_REASONS),
    people_to_reach: people && people.slice(0, MOST_PEOPLE),
    next_actions:
      actions &&
      actions.map(({ action, triggeredAt, expiresAt }) => {
        return { ...action, triggered_at: triggeredAt, expires_at: expiresAt }
      }),
    as_of: score.as_of,
    scored_at: row.scoredAt,
    model_version: score.model_version,
  }
}

import { nameOf } from '../../src/core/qualification/playbook/action.ts'
import type { EvaluatedAccount } from '../../src/jobs/scoring/preview-actions.ts'
import { nextStep } from './playbook.ts'
import type { Grade, Level, StoredScore } from '../../src/core/scoring/published-score.ts'
import { percent } from '../../src/core/base/percent.ts'

/** One account of the list as text: stage, probability, scores, reasons, next action. */
export function accountCard(rank: number, score: StoredScore, evaluated?: EvaluatedAccount): string {
  const name = score.account_name ?? score.account_external_id ?? 'unnamed'
  const lines = [
    `${String(rank).padStart(3)}. ${name}  [${score.account_external_id ?? ''}]${stageOf(score)}`,
    ...chancesOf(score),
    ...scoresOf(score),
  ]
  const asked = score.declared_intent.map(({ kind, days_ago: days }) => `${kind.replaceAll('_', ' ')} ${ago(days)}`)
  if (asked.length > 0) lines.push(line('asked for', asked.join(', ')))
  const list = (direction: 'up' | 'down') =>
    score.reasons.filter((reason) => reason.direction === direction).map((reason) => reason.sentence)
  const [up, down] = [list('up'), list('down')]
  if (up.length > 0) lines.push(line('for', up.join('; ')))
  if (down.length > 0) lines.push(line('against', down.join('; ')))
  if (score.evidence_gaps.length > 0) lines.push(line(`evidence ${score.evidence}`, score.evidence_gaps.join('; ')))
  return [...lines, ...(evaluated ? nextOf(evaluated) : [])].join('\n')
}

function nextOf({ group, results }: EvaluatedAccount): readonly string[] {
  const [person] = group.people_to_reach
  const missing = group.roles.filter(({ state }) => state === 'missing').map(({ role }) => role.replaceAll('_', ' '))
  return [
    line('call', person ? `${nameOf(person)}: ${person.why}` : 'nobody is known who may be contacted'),
    line('missing', missing.length > 0 ? missing.join(', ') : 'no role: each has a known person'),
    line('next', nextStep(results)),
  ]
}

function stageOf({ buying_stage: stage }: StoredScore): string {
  return stage === null ? '' : `  ${stage} stage`
}

function chancesOf(score: StoredScore): readonly string[] {
  const { qualified_interval: interval } = score
  const range = interval ? ` (${percent(interval.low)} to ${percent(interval.high)})` : ''
  const worth =
    score.expected_amount === null || score.expected_value === null
      ? []
      : [
          line(
            'worth',
            `${money(score.expected_amount)} ${score.currency} if won, ${money(score.expected_value)} expected`,
          ),
        ]
  return [
    line(
      'odds',
      `${percent(score.qualified_probability)}${range} that a deal opens within 90 days and is won: opens ${percent(score.in_market_probability)}, then won ${percent(score.win_probability)}`,
    ),
    ...worth,
  ]
}

function scoresOf({ scores, grades, fit_intent: place }: StoredScore): readonly string[] {
  const part = (what: string, score: number | null, grade: Grade | null) =>
    score === null ? `${what} not known` : `${what} ${grade} (${score})`
  return [
    line(
      'scores',
      `${[
        part('company', scores.account_fit, grades.account_fit),
        part('people', scores.contact_fit, grades.contact_fit),
        part('engagement', scores.engagement, grades.engagement),
        part('intent', scores.intent, grades.intent),
      ].join(', ')}: ${level(place.fit)} fit, ${level(place.intent)} intent`,
    ),
  ]
}

function level(of: Level | null): string {
  return of ?? 'unknown'
}

function line(title: string, text: string): string {
  return `     ${`${title}:`.padEnd(17)}${text}`
}

function ago(days: number): string {
  if (days === 0) return 'today'
  return days === 1 ? 'yesterday' : `${days} days ago`
}

/** Rounds to three digits: an expected amount is not more exact. */
function money(amount: number): string {
  return new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }).format(amount)
}

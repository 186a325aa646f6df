import { signed } from '../../src/core/explanation/change-words.ts'
import { solidReasonsLine } from './reasons.ts'
import { percent } from '../../src/core/base/percent.ts'
import type { Change, ExplainedModel, Explanation } from '../../src/core/explanation/published-explanation.ts'

const SHOWN_OF_FAMILY = 3
const SHOWN_OF_CAUSE = 4
/** Log-odds below this move a probability by less than a hundredth of itself. */
const WORTH_SHOWING = 0.01

const FAMILY_WORDS = {
  account_fit: 'the company',
  contact_fit: 'the people we know',
  engagement: 'what they do with us',
  intent: 'what they look for',
} as const
const CAUSES = [
  { cause: 'new_facts', title: 'What is new' },
  { cause: 'time', title: 'What the passing of time changed' },
  { cause: 'version', title: 'What the new version weighs differently' },
] as const

/** An explanation as text: figures, reasons, uncertainty, possible changes, past changes. */
export function explanationText(explanation: Explanation, all: boolean): string {
  const { models, uncertainty, counterfactuals, change, matches_stored: matches } = explanation
  return [
    ...heading(explanation),
    '',
    ...reasonLines(explanation),
    'Uncertainty',
    `  ${uncertainty.sentence}`,
    ...uncertainty.narrowed_by.map(({ sentence }) => `  - ${sentence}`),
    '',
    ...counterfactualLines(counterfactuals),
    ...(change ? ['', ...changeLines(change)] : []),
    '',
    ...models.flatMap((model) => modelLines(model, all)),
    ...(matches === false ? ['The stored score differs: some facts were recorded after it.'] : []),
  ].join('\n')
}

function heading({ score }: Explanation): readonly string[] {
  const name = score.account_name ?? score.account_external_id ?? 'unnamed'
  const range = score.qualified_interval ?? score.win_interval
  const between = range ? ` (90% interval ${percent(range.low)} to ${percent(range.high)})` : ''
  const isWon =
    score.open_opportunity === null
      ? 'Won, if an opportunity opened'
      : `Won, of the open opportunity ${score.open_opportunity}`
  const chances =
    score.qualified_probability === null
      ? `${isWon}: ${shown(score.win_probability)}${between}`
      : `Opens within 90 days and is won: ${shown(score.qualified_probability)}${between}`
  const parts =
    score.qualified_probability === null
      ? []
      : [`Opens: ${shown(score.in_market_probability)}. Won, if it opens: ${shown(score.win_probability)}.`]
  return [
    `${name}  [${score.account_external_id ?? ''}]`,
    chances,
    ...parts,
    ...(score.buying_stage === null ? [] : [`Buying stage: ${score.buying_stage}. Evidence: ${score.evidence}.`]),
    `As of ${score.as_of}, version ${score.model_version}.`,
  ]
}

function reasonLines({ reasons }: Explanation): readonly string[] {
  const of = (direction: 'up' | 'down', title: string) => {
    const own = reasons.filter((reason) => reason.direction === direction)
    if (own.length === 0) return []
    return [title, ...own.map(({ sentence, comparison }) => `  - ${sentence}${beside(comparison)}`), '']
  }
  const solid = reasons.filter(({ certainty }) => certainty === 'solid').length
  return [...of('up', 'Reasons for'), ...of('down', 'Reasons against'), solidReasonsLine(reasons.length, solid), '']
}

function counterfactualLines({ sentence, found, best }: Explanation['counterfactuals']): readonly string[] {
  const lines = found.map((one) => `  - ${one.sentence}`)
  const nearest = best ? [`  Nearest: ${best.sentence}`] : []
  return ['Buyer activities that would reach the threshold', ...lines, `  ${sentence}`, ...nearest]
}

function changeLines({ sentence, models }: Change): readonly string[] {
  const lines = models.flatMap((model) => [
    `  ${model.sentence}`,
    ...CAUSES.flatMap(({ cause, title }) =>
      causeLines(
        title,
        model.parts.filter((part) => part.cause === cause),
      ),
    ),
  ])
  return ['Why it changed', `  ${sentence}`, ...lines]
}

/** Sums the parts that have the same sentence, and prints one line for each. */
function causeLines(title: string, parts: Change['models'][number]['parts']): readonly string[] {
  const said = Map.groupBy(parts, (part) => part.sentence)
  const summed = [...said].map(([sentence, same]) => ({
    sentence,
    by: same.reduce((sum, part) => sum + part.log_odds, 0),
  }))
  const worth = summed
    .filter(({ by }) => Math.abs(by) >= WORTH_SHOWING)
    .toSorted((one, other) => Math.abs(other.by) - Math.abs(one.by))
  if (worth.length === 0) return []
  const rest = worth.length - SHOWN_OF_CAUSE
  return [
    `    ${title}`,
    ...worth.slice(0, SHOWN_OF_CAUSE).map(({ sentence, by }) => `      - ${sentence} (${signed(by)})`),
    ...(rest > 0 ? [`      - and ${rest} smaller`] : []),
  ]
}

function modelLines(model: ExplainedModel, all: boolean): readonly string[] {
  const families = model.families.flatMap(({ family, log_odds: by, contributions }) => [
    `  ${signed(by).padStart(8)}  ${FAMILY_WORDS[family]}`,
    ...contributionLines(contributions, all),
  ])
  return [
    `${model.question} ${percent(model.probability)}`,
    `  ${signed(model.intercept).padStart(8)}  average account: ${percent(model.average_probability)}`,
    ...families,
    `  ${signed(model.log_odds).padStart(8)}  sum of the log-odds: ${percent(model.probability)}`,
    '',
  ]
}

type Contributions = ExplainedModel['families'][number]['contributions']

/** A sentence stands beside what its value does by itself; what is due to being known, or not, is one line a family. */
function contributionLines(contributions: Contributions, all: boolean): readonly string[] {
  const parts = contributions
    .map(({ value_log_odds: ofValue, ...contribution }) => ({ ...contribution, by: ofValue ?? 0 }))
    .toSorted((one, other) => Math.abs(other.by) - Math.abs(one.by))
  const worth = parts.filter(({ by }) => all || Math.abs(by) >= WORTH_SHOWING)
  const known = parts.reduce((sum, { log_odds: whole, by }) => sum + whole - by, 0)
  return [
    ...(all ? worth : worth.slice(0, SHOWN_OF_FAMILY)).map(
      ({ by, sentence, comparison }) => `  ${signed(by).padStart(12)}  ${sentence}${beside(comparison)}`,
    ),
    ...(Math.abs(known) >= WORTH_SHOWING
      ? [`  ${signed(known).padStart(12)}  what is known of it at all, and what is not`]
      : []),
  ]
}

function beside(comparison: string | null): string {
  return comparison === null ? '' : ` (${comparison})`
}

function shown(probability: number | null): string {
  return probability === null ? 'not known' : percent(probability)
}

import { listed } from '../../base/listed.ts'
import { percent } from '../../base/percent.ts'
import type { ModelReadiness, ReadinessFinding } from './report.ts'

const MOSTLY_UNKNOWN = 0.5

/** One finding for each feature that is unknown in most examples, whichever models it is part of; the least known come first. */
export function featureFindings(models: readonly ModelReadiness[]): readonly ReadinessFinding[] {
  const found = models.flatMap(({ model, unknown }) => unknown.map((one) => ({ model, ...one })))
  const mostly = found.filter(({ share }) => share > MOSTLY_UNKNOWN)
  return [...Map.groupBy(mostly, ({ column }) => column)]
    .map(([column, own]) => findingOf(column, own, own.length === models.length))
    .toSorted((one, other) => other.figure - one.figure)
}

type Unknown = { readonly model: string; readonly share: number }

function findingOf(subject: string, unknown: readonly Unknown[], inEveryModel: boolean): ReadinessFinding {
  const shares = unknown.map(({ share }) => share)
  const never = shares.every((share) => share === 1)
  const figure = Math.max(...shares)
  const about = {
    // One model is named; a finding about several is about the specification.
    model: unknown.length === 1 ? (unknown[0]?.model ?? null) : null,
    subject,
    severity: 'warning' as const,
    figure,
  }
  const models = inEveryModel ? '' : ` of ${listed(unknown.map(({ model }) => model))}`
  if (never) {
    const sentence = `"${subject}" is unknown in every example${models}: import the facts that it is computed from, or leave it out (\`winrate init\` does).`
    return { ...about, name: 'never_known', limit: 1, sentence }
  }
  const least = Math.min(...shares)
  const range = percent(least) === percent(figure) ? percent(figure) : `${percent(least)} to ${percent(figure)}`
  const sentence = `"${subject}" is unknown in ${range} of the examples${models}.`
  return { ...about, name: 'mostly_unknown', limit: MOSTLY_UNKNOWN, sentence }
}

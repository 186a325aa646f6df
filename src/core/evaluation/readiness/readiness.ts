import { type Instant, parseIsoDate } from '../../base/time.ts'
import { modelsWithoutEvidence } from './evidence-findings.ts'
import { featureFindings } from './feature-findings.ts'
import { historyFindings } from './history-findings.ts'
import { type ModelData, modelFindings, modelReadiness } from './model-readiness.ts'
import type { FactReadiness, ReadinessFinding, ReadinessReport } from './report.ts'
import { percent } from '../../base/percent.ts'

const BACKFILLED = 0.2
const UNMATCHED = 0.2
const REJECTED = 0.01

type Backfilled = keyof FactReadiness['backfilled']

/** The date from which a fact without a date counts. */
const COUNTED_FROM: Readonly<Record<Backfilled, string>> = {
  attributes: 'as known all along, or since a stated creation',
  contacts: 'as known all along, or since a stated creation',
  account_links: 'as known all along',
  opportunity_contacts: 'as known all along',
  opportunities: 'as known since they opened',
}

/** Whether the data are sufficient to train on, and warnings about them. */
export function assessReadiness(
  facts: FactReadiness,
  models: readonly ModelData[],
  asOf: Instant,
  limits: readonly string[] = [],
): ReadinessReport {
  const assessed = models.map((data) => ({ data, readiness: modelReadiness(data, asOf) }))
  const withoutEvidence = modelsWithoutEvidence(models)
  // Nobody can date what is ordered.
  const hasNoDays = limits.length > 0
  const learned = assessed.filter(({ readiness: { model } }) => withoutEvidence.every((one) => one.model !== model))
  const findings = [
    ...limits.map(limitFinding),
    ...withoutEvidence,
    ...historyFindings(parseIsoDate(facts.newest_on ?? '') ?? null, models, asOf),
    ...learned.flatMap(({ data, readiness }) => modelFindings(readiness, data.specification)),
    ...featureFindings(learned.map(({ readiness }) => readiness)),
    ...factFindings(facts).filter(
      ({ name, subject }) => !hasNoDays || name !== 'backfilled' || subject !== 'opportunities',
    ),
  ].toSorted((one, other) => rankOf(one) - rankOf(other))
  return {
    as_of: asOf,
    ready: findings.every(({ severity }) => severity !== 'refused'),
    findings,
    models: assessed.map(({ readiness }) => readiness),
    ...facts,
  }
}

function limitFinding(sentence: string): ReadinessFinding {
  return { name: 'no_days', severity: 'warning', model: null, subject: null, figure: 0, limit: 1, sentence }
}

function rankOf({ severity }: ReadinessFinding): number {
  return severity === 'refused' ? 0 : 1
}

export function factFindings(facts: FactReadiness): readonly ReadinessFinding[] {
  const warning = { severity: 'warning', model: null } as const
  const backfilled = Object.entries(facts.backfilled).flatMap(([what, { count, of }]): ReadinessFinding[] => {
    if (of === 0 || count / of <= BACKFILLED) return []
    const sentence = `${percent(count / of)} of the ${what.replaceAll('_', ' ')} came without a date and count ${COUNTED_FROM[what as Backfilled]}: they are not point-in-time, and a gain that depends on them is not proof.`
    return [{ ...warning, name: 'backfilled', subject: what, figure: count / of, limit: BACKFILLED, sentence }]
  })
  const unmatched = facts.facts.flatMap(({ fact, stored, unmatched: count }): ReadinessFinding[] => {
    if (stored === 0 || count / stored <= UNMATCHED) return []
    const sentence = `${percent(count / stored)} of ${fact.replaceAll('_', ' ')} belong to no known account. They count from the import of that account on.`
    return [{ ...warning, name: 'unmatched', subject: fact, figure: count / stored, limit: UNMATCHED, sentence }]
  })
  const rejected = facts.imports.flatMap(({ kind, read, rejected: count, reasons }): ReadinessFinding[] => {
    if (read === 0 || count / read <= REJECTED) return []
    const why = Object.entries(reasons)
      .toSorted(([, one], [, other]) => other - one)
      .map(([reason, times]) => `${times} ${reason}`)
    const sentence = `${percent(count / read)} of the rows of ${kind} were rejected: ${why.join(', ')}.`
    return [{ ...warning, name: 'rejected_rows', subject: kind, figure: count / read, limit: REJECTED, sentence }]
  })
  return [...backfilled, ...unmatched, ...rejected]
}

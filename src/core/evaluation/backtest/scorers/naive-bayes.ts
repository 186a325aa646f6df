/**
 * Predictive lead scoring as Odoo does it: naive Bayes over a handful of fields, trained by counting. Written from a
 * description of its behaviour. A field without a value is left out of the record.
 */
export interface NaiveBayesRecord {
  /** Values by field; a field may have several (tags). */
  readonly fields: ReadonlyMap<string, readonly string[]>
  /** The stage a record stands at, or was lost at; null where there are no stages. */
  readonly stage: string | null
}

export interface ClosedRecord extends NaiveBayesRecord {
  readonly won: boolean
  readonly weight: number
}

interface OutcomeCounts {
  readonly won: number
  readonly lost: number
}

/** The counts, and nothing else: plain data. */
export interface NaiveBayesModel {
  /** Won and lost at the first stage, or of all. */
  readonly prior: OutcomeCounts
  readonly stages: ReadonlyMap<string, OutcomeCounts>
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, OutcomeCounts>>
  /** Over all values of a field. */
  readonly totals: ReadonlyMap<string, OutcomeCounts>
}

/** Keeps the log-odds finite for a value that only ever won or only ever lost. */
const START_COUNT = 0.1

/**
 * W = won + 0.1 and L = lost + 0.1 for every field and value. Stages are cumulative: a won record adds 1 to every stage,
 * a lost one to the stage where it was lost and to every earlier one.
 *
 * @param stages from the first to the last open one; empty when records have none
 */
export function fitNaiveBayes(records: readonly ClosedRecord[], stages: readonly string[] = []): NaiveBayesModel {
  const fields = new Map<string, Map<string, OutcomeCounts>>()
  const stageCounts = new Map<string, OutcomeCounts>(
    stages.map((stage) => [stage, { won: START_COUNT, lost: START_COUNT }]),
  )
  let prior: OutcomeCounts = { won: START_COUNT, lost: START_COUNT }
  for (const record of records) {
    prior = added(prior, record)
    const reached = record.won || record.stage === null ? stages.length : stages.indexOf(record.stage) + 1
    for (const stage of stages.slice(0, reached)) stageCounts.set(stage, added(stageCounts.get(stage)!, record))
    for (const [field, values] of record.fields) {
      const counts = fields.get(field) ?? new Map<string, OutcomeCounts>()
      fields.set(field, counts)
      for (const value of values)
        counts.set(value, added(counts.get(value) ?? { won: START_COUNT, lost: START_COUNT }, record))
    }
  }
  const totals = new Map([...fields].map(([field, counts]) => [field, sumOf(counts.values())]))
  return { prior: stageCounts.get(stages[0] ?? '') ?? prior, stages: stageCounts, fields, totals }
}

/**
 * ln(pw / pl) + the sum over fields of ln(aw / al), with the prior pw = W(s1) / (W(s1) + L(s1)), for the stage
 * aw = W(s) / W(s1), and for any other field aw = W(f, v) / sum over values of W(f, .). A value never seen is skipped.
 */
export function naiveBayesLogOdds(model: NaiveBayesModel, record: NaiveBayesRecord): number {
  const { prior } = model
  let logOdds = Math.log(prior.won / prior.lost)
  const stage = record.stage === null ? undefined : model.stages.get(record.stage)
  if (stage) logOdds += Math.log(stage.won / prior.won / (stage.lost / prior.lost))
  for (const [field, values] of record.fields) {
    const total = model.totals.get(field)
    for (const value of values) {
      const counts = model.fields.get(field)?.get(value)
      if (counts && total) logOdds += Math.log(counts.won / total.won / (counts.lost / total.lost))
    }
  }
  return logOdds
}

/** As Odoo shows it: percent with two decimals, from 0.01 to 99.99. */
export function naiveBayesPercent(model: NaiveBayesModel, record: NaiveBayesRecord): number {
  const percent = 100 / (1 + Math.exp(-naiveBayesLogOdds(model, record)))
  return Math.min(99.99, Math.max(0.01, Math.round(percent * 100) / 100))
}

function added(counts: OutcomeCounts, { won, weight }: ClosedRecord): OutcomeCounts {
  return won ? { won: counts.won + weight, lost: counts.lost } : { won: counts.won, lost: counts.lost + weight }
}

function sumOf(counts: Iterable<OutcomeCounts>): OutcomeCounts {
  let [won, lost] = [0, 0]
  for (const one of counts) {
    won += one.won
    lost += one.lost
  }
  return { won, lost }
}

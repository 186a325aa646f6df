import { planRows } from '../../../../../src/core/facts/import/header.ts'
import { parseMapping } from '../../../../../src/core/facts/import/reading/parse-mapping.ts'
import { type RowOutcome, rowReader } from '../../../../../src/core/facts/import/read-row.ts'

const DEFAULTS = {
  source: 'crm',
  provider: 'bombay',
  initiatedBy: 'sales',
  declaredEvidence: false,
  providerLagDays: 7,
}

/** Reads one record of a file with this header and this mapping. */
export function readRecord(json: object, record: Readonly<Record<string, string>>): RowOutcome {
  const parsed = parseMapping(json)
  if (parsed.kind === 'refused') throw new Error(parsed.problems.join('\n'))
  const planned = planRows(Object.keys(record), parsed.mapping, true)
  if (planned.kind === 'refused') throw new Error(planned.problems.join('\n'))
  return rowReader(planned.plan, DEFAULTS)(Object.values(record), 1)
}

/** The columns of a row that is kept; of one that is not, why. */
export function rowOf(json: object, record: Readonly<Record<string, string>>) {
  const outcome = readRecord(json, record)
  if (outcome.kind === 'row') return outcome.row
  return outcome.kind === 'rejected' ? `${outcome.problem.reason} ${outcome.problem.column}` : outcome.kind
}

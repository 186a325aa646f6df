import { receivedRowReader } from '../../../../src/core/facts/import/received-row.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import type { ReceivedKind } from '../../../../src/store/facts/import/received.ts'

export const RECEIVED_AT = '2026-03-02T09:30:00.000000Z' as Instant
export const defaults = {
  source: 'crm',
  provider: undefined,
  initiatedBy: 'sales',
  declaredEvidence: false,
  providerLagDays: 7,
  receivedAt: RECEIVED_AT,
}

export function read(kind: ReceivedKind, value: unknown) {
  return receivedRowReader(kind, defaults)(value)
}

/** Why a strict reader rejects the row. */
export function fault(kind: ReceivedKind, value: unknown) {
  const outcome = receivedRowReader(kind, { ...defaults, strict: true })(value)
  return outcome.kind === 'rejected' ? [outcome.problem.reason, ...outcome.path] : outcome.row
}

/** What is unknown of a row that is kept, and where it is. */
export function unreadable(kind: ReceivedKind, value: unknown) {
  const outcome = read(kind, value)
  if (outcome.kind === 'rejected') throw new Error(outcome.problem.message)
  return outcome.unreadable.map(({ problem, path }) => [problem.reason, ...path])
}

export const names = (many: number) => Array.from({ length: many }, (_, index) => `n${index}.example.com`)
export const visit = { source_id: 'v1', kind: 'visit', occurred_at: '2026-03-01T08:00:00Z' }
export const deal = { external_id: 'o1', account_external_id: 'a1', opened_at: '2026-01-01T00:00:00Z', outcome: 'open' }

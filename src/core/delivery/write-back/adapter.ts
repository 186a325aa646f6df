import type { CrmRecord, Mapping } from './mapping.ts'
import type { BatchOutcome, CrmAnswer } from './outcome.ts'

export interface CrmRequest {
  readonly method: 'POST' | 'PATCH'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** How one CRM is written to: requests out of records, outcomes out of answers. */
export interface Adapter {
  readonly mostRecords: number
  /** Why a key is none that this CRM can have. */
  readonly keyProblem: (mapping: Mapping, key: string) => string | undefined
  readonly request: (mapping: Mapping, records: readonly CrmRecord[]) => CrmRequest
  readonly read: (answer: CrmAnswer, records: readonly CrmRecord[]) => BatchOutcome
}

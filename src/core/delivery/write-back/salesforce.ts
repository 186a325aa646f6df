import { z } from 'zod'
import type { Adapter } from './adapter.ts'
import { failedRecord, parseAnswer, type RecordOutcome, wholeOutcome } from './outcome.ts'

const VERSION = 'v62.0'
const Results = z.array(
  z.object({
    success: z.boolean(),
    errors: z.array(z.object({ statusCode: z.string(), message: z.string() })).default([]),
  }),
)
const Problems = z.array(z.object({ errorCode: z.string().default(''), message: z.string().default('') }))
/** Errors of one record that another attempt may not meet. */
const AGAIN = ['UNABLE_TO_LOCK_ROW', 'SERVER_UNAVAILABLE', 'REQUEST_LIMIT_EXCEEDED']
/** Every call would fail the same way until the organisation or the mapping is fixed. */
const ABOUT_MAPPING = ['INVALID_FIELD', 'NOT_FOUND', 'INVALID_TYPE']

/**
 * Accounts by External Id, by an upsert of sObject Collections: at most 200 a call, each record for itself (`allOrNone` false),
 * results in the order of the records.
 */
export const salesforce: Adapter = {
  mostRecords: 200,
  keyProblem: () => undefined,
  request: ({ key: property }, records) => ({
    method: 'PATCH',
    path: `/services/data/${VERSION}/composite/sobjects/Account/${property}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      allOrNone: false,
      records: records.map(({ key, properties }) => ({
        attributes: { type: 'Account' },
        [property]: key,
        ...properties,
      })),
    }),
  }),
  read: (answer, records) => {
    const json = parseAnswer(answer.body)
    const results = Results.safeParse(json)
    if (answer.status === 200 && results.success && results.data.length === records.length) {
      return {
        kind: 'answered',
        records: results.data.map(({ success, errors }): RecordOutcome => {
          if (success) return { kind: 'written' }
          const said = errors.map(({ statusCode, message }) => `${statusCode}: ${message}`).join('; ')
          const again = errors.length > 0 && errors.every(({ statusCode }) => AGAIN.includes(statusCode))
          return failedRecord(200, said, again)
        }),
      }
    }
    const problems = Problems.safeParse(json).data ?? []
    const said = problems.map(({ errorCode, message }) => `${errorCode}: ${message}`).join('; ')
    const outcome = wholeOutcome(answer, said || 'no answer of Salesforce')
    const isAboutMapping = problems.some(({ errorCode }) => ABOUT_MAPPING.includes(errorCode))
    return outcome.kind === 'refused' && isAboutMapping ? { ...outcome, kind: 'later', waitSeconds: null } : outcome
  },
}

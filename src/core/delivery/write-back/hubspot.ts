import { z } from 'zod'
import type { Adapter } from './adapter.ts'
import type { CrmValue } from './fields.ts'
import { failedRecord, parseAnswer, wholeOutcome } from './outcome.ts'

const RECORD_ID = 'hs_object_id'
const Problem = z.object({ message: z.string(), category: z.string().default('') })
const Partly = z.object({
  results: z.array(z.object({ id: z.string(), properties: z.record(z.string(), z.unknown()).default({}) })),
  errors: z
    .array(Problem.extend({ context: z.object({ ids: z.array(z.string()).default([]) }).default({ ids: [] }) }))
    .default([]),
})

/**
 * Company properties, by a batch update of `/crm/v3/objects/companies`: at most 100 a call. It never creates a company. 207 tells
 * of the companies that it did not find; a value that it does not take refuses the whole call.
 */
export const hubspot: Adapter = {
  mostRecords: 100,
  keyProblem: ({ key: property }, key) =>
    property === RECORD_ID && !/^\d{1,19}$/.test(key) ? `"${key}" is no HubSpot record id` : undefined,
  request: ({ key: property }, records) => ({
    method: 'POST',
    path: '/crm/v3/objects/companies/batch/update',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      inputs: records.map(({ key, properties }) => ({
        id: key,
        ...(property === RECORD_ID ? {} : { idProperty: property }),
        properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, textOf(value)])),
      })),
    }),
  }),
  read: (answer, records) => {
    const json = parseAnswer(answer.body)
    if (answer.status === 200 || answer.status === 201) {
      return { kind: 'answered', records: records.map(() => ({ kind: 'written' })) }
    }
    const partly = Partly.safeParse(json)
    if (answer.status === 207 && partly.success) {
      const problems = new Map(
        partly.data.errors.flatMap(({ context, message, category }) =>
          context.ids.map((id) => [id, { message, category }]),
        ),
      )
      return {
        kind: 'answered',
        records: records.map(({ key }) => {
          const problem = problems.get(key)
          if (!problem) return { kind: 'written' }
          return failedRecord(207, `${problem.category} ${problem.message}`, false)
        }),
      }
    }
    const said = Problem.safeParse(json).data
    const outcome = wholeOutcome(answer, said ? `${said.category} ${said.message}` : 'no answer of HubSpot')
    // Every call would fail the same way until the property is created.
    const isAboutMapping = said?.message.includes('PROPERTY_DOESNT_EXIST') ?? false
    return outcome.kind === 'refused' && isAboutMapping ? { ...outcome, kind: 'later', waitSeconds: null } : outcome
  },
}

/** Properties are text to HubSpot; an empty one is emptied. */
function textOf(value: CrmValue): string {
  return value === null ? '' : String(value)
}

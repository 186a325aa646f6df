import { z } from 'zod'
import type { Adapter } from './adapter.ts'
import { failedRecord, mayGoBetter, parseAnswer, wholeOutcome } from './outcome.ts'

const ENTITY_TYPE = 'account'
const BOUNDARY = 'batch_winrate'
const SERVICE = '/api/data/v9.2'
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const Problem = z.object({ error: z.object({ code: z.string().default(''), message: z.string() }) })

/**
 * Rows of `msdyn_predictivescores`, the table for scores of one's own. Its alternate key is the entity's id and type, so a PATCH by
 * it creates or replaces one row. Batches of OData, at most 1,000 requests; 100 here, for a batch may take two minutes. Each
 * request for itself (`odata.continue-on-error`), answers in their order.
 */
export const dynamics: Adapter = {
  mostRecords: 100,
  keyProblem: (_, key) => (GUID.test(key) ? undefined : `"${key}" is no account id of Dynamics (a GUID)`),
  request: ({ key: property }, records) => ({
    method: 'POST',
    path: `${SERVICE}/$batch`,
    headers: {
      'content-type': `multipart/mixed; boundary=${BOUNDARY}`,
      prefer: 'odata.continue-on-error',
      'odata-version': '4.0',
      'odata-maxversion': '4.0',
    },
    body: `${records
      .map(({ key, properties }) =>
        [
          `--${BOUNDARY}`,
          'Content-Type: application/http',
          'Content-Transfer-Encoding: binary',
          '',
          `PATCH ${SERVICE}/msdyn_predictivescores(${property}='${key}',msdyn_entitytype='${ENTITY_TYPE}') HTTP/1.1`,
          'Content-Type: application/json',
          '',
          JSON.stringify(properties),
          '',
        ].join('\r\n'),
      )
      .join('')}--${BOUNDARY}--\r\n`,
  }),
  read: (answer, records) => {
    const parts = partsOf(answer.body)
    if (answer.status === 200 && parts.length === records.length) {
      return {
        kind: 'answered',
        records: parts.map(({ status, body }) => {
          if (status >= 200 && status < 300) return { kind: 'written' }
          return failedRecord(status, saidBy(body), mayGoBetter(status))
        }),
      }
    }
    return wholeOutcome(answer, saidBy(answer.body))
  },
}

interface Part {
  readonly status: number
  readonly body: string
}

/** The answers within an answer, of which the first line begins with its own boundary (RFC 2046). */
function partsOf(text: string): readonly Part[] {
  const [boundary = ''] = /^--[^\r\n]+/.exec(text.trimStart()) ?? []
  if (boundary === '') return []
  const parts = text.split(boundary).slice(1, -1)
  return parts.map((part) => {
    const [, status = '0'] = /HTTP\/1\.1 (\d{3})/.exec(part) ?? []
    const body = part.slice(part.search(/HTTP\/1\.1 /)).split(/\r?\n\r?\n/)
    return { status: Number(status), body: body.slice(1).join('\n\n').trim() }
  })
}

function saidBy(body: string): string {
  const problem = Problem.safeParse(parseAnswer(body)).data
  return problem ? `${problem.error.code} ${problem.error.message}` : 'no answer of Dynamics'
}

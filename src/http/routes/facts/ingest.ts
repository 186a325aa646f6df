import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { REASONS } from '../../../core/facts/import/problems.ts'
import type { FoundProblem } from '../../../core/facts/import/received-row.ts'
import { NEWS } from '../../../core/facts/news/news.ts'
import { type Ingested, type IngestedRow, ingestRows } from '../../../jobs/facts/ingest.ts'
import { limitConcurrency } from '../../../async/limit-concurrency.ts'
import { databaseOn } from '../../../store/database/kysely-on-client.ts'
import { RECEIVED_KINDS, type ReceivedKind } from '../../../store/facts/import/received.ts'
import { withClient } from '../../../store/database/with-client.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { acceptFactsAsJson } from '../../plugins/json-body.ts'
import { type FieldError, type ProblemCode, problemResponses } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { pointerTo } from '../../plugins/validation.ts'
import { ROW_EXAMPLES, rowSchema } from './ingest-rows.ts'
import { counted } from '../../../core/base/counted.ts'

export const MOST_ROWS = 1000
const BODY_LIMIT_BYTES = 4 * 1_048_576
const MOST_ERRORS = 20

const RowError = z
  .strictObject({
    pointer: z.string().describe('JSON Pointer (RFC 6901) as a URI fragment.'),
    code: z.enum(REASONS).describe('See docs/import.md.'),
    message: z.string(),
  })
  .meta({ id: 'RowError', description: 'An error in a row' })

const RowResult = z
  .strictObject({
    index: z.int().describe('The index of the row in the request, from 0.'),
    status: z
      .enum(['created', 'updated', 'unchanged', 'rejected'])
      .describe('The effect on the record with the key of the row. `rejected`: nothing was stored.'),
    matched: z
      .boolean()
      .nullable()
      .describe(
        'Whether an account matches. A row without one is stored and matched when the account arrives. Null: nothing is stored.',
      ),
    errors: z.array(RowError).describe('Empty unless rejected.'),
    unreadable: z
      .array(RowError)
      .optional()
      .describe('Cells of a stored row that could not be read, and are unknown. Absent when there are none.'),
    news: z
      .array(z.enum(NEWS))
      .optional()
      .describe(
        'What the row says beside: of an opportunity, such as `reopened`; or that there was nothing to delete. Absent when it is nothing.',
      ),
  })
  .meta({ id: 'RowResult', description: 'The result of a row' })

export const StrictQuery = z.strictObject({
  strict: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Reject a row with a value that cannot be read, also where the field is optional.'),
})

const COUNTS = {
  received: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
  unmatched: z.int().describe('Rows that are stored and match no account yet.'),
}
const BatchResponse = z
  .strictObject({ ...COUNTS, results: z.array(RowResult).describe('One per row, in the order of the request.') })
  .meta({
    id: 'BatchResult',
    examples: [
      {
        received: 2,
        created: 1,
        updated: 0,
        unchanged: 0,
        rejected: 1,
        unmatched: 0,
        results: [
          {
            index: 0,
            status: 'created',
            matched: true,
            errors: [],
            unreadable: [
              {
                pointer: '#/rows/0/domain',
                code: 'bad_domain',
                message: 'expected domains as in acme.com, with ; between them',
              },
            ],
          },
          {
            index: 1,
            status: 'rejected',
            matched: null,
            errors: [{ pointer: '#/rows/1/external_id', code: 'missing_value', message: 'external_id is required' }],
          },
        ],
      },
    ],
  })
  .describe('One result per row')

export const INGEST_PROBLEMS: readonly ProblemCode[] = [
  'malformed_body',
  'invalid_request',
  'invalid_value',
  'unauthenticated',
  'api_key_in_query',
  'insufficient_scope',
  'request_timeout',
  'conflict',
  'body_too_large',
  'unsupported_media_type',
  'internal_error',
  'database_unavailable',
  'timeout',
]

/** Batches of facts: up to 1,000 rows per request. */
export const ingestRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  acceptFactsAsJson(app)
  // Writers of one kind wait for each other in the database: waiting writers must leave connections to other requests.
  const inTurn = limitConcurrency(Math.max(1, Math.floor(services.pool.options.max / 2)))
  for (const kind of RECEIVED_KINDS) {
    app.post(
      `/${kind}/batch`,
      {
        bodyLimit: BODY_LIMIT_BYTES,
        schema: {
          operationId: `send${nameOf(kind)}`,
          summary: `Send up to ${MOST_ROWS.toLocaleString('en-US')} ${kind.replace('-', ' ')}`,
          description:
            'Scope `facts:write`. Rows are validated and matched to accounts as in an import. A value of an optional field that ' +
            'cannot be read is unknown and listed, and the row is stored; with `strict` it rejects the row. A rejected row has its errors ' +
            'and does not affect the others; with `atomic` one rejected row rejects the request and nothing is stored. ' +
            'Sending a row again changes nothing: after an error send the rejected rows, or all of them.',
          tags: ['facts'],
          querystring: StrictQuery,
          body: batchSchema(kind),
          response: {
            200: BatchResponse,
            ...problemResponses(
              ...INGEST_PROBLEMS,
              'idempotency_in_progress',
              'rows_rejected',
              'idempotency_key_reused',
            ),
          },
        },
      },
      async (request, reply) => {
        const { rows, atomic } = request.body
        return await inTurn(() =>
          withClient(services.pool, (client) =>
            inIdempotentWrite({ db: databaseOn(client) }, request, reply, async () => {
              return answerOf(await ingestRows(client, kind, rows, { atomic, strict: request.query.strict }), atomic)
            }),
          ),
        )
      },
    )
  }
}

function batchSchema(kind: ReceivedKind) {
  return z
    .strictObject({
      rows: z.array(rowSchema(kind)).min(1).max(MOST_ROWS),
      atomic: z.boolean().default(false).describe('Store all rows or none.'),
    })
    .meta({ examples: [{ rows: [...ROW_EXAMPLES[kind]] }] })
}

/** `intent-signals` is IntentSignals. */
export function nameOf(kind: ReceivedKind): string {
  return kind
    .split('-')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('')
}

function answerOf({ rows, rejected }: Ingested, atomic: boolean): WriteAnswer {
  const results = rows.map(resultOf)
  if (atomic && rejected > 0) {
    const errors: FieldError[] = results
      .flatMap((result) => result.errors)
      .slice(0, MOST_ERRORS)
      .map(({ pointer, code, message }) => ({ in: 'body', pointer, detail: `${code}: ${message}` }))
    return {
      problem: 'rows_rejected',
      detail: `${rejected} of ${counted(rows.length, 'row was', 'rows were')} rejected`,
      errors,
    }
  }
  const count = (status: IngestedRow['status']) => results.filter((result) => result.status === status).length
  const body: z.infer<typeof BatchResponse> = {
    received: rows.length,
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    rejected,
    unmatched: results.filter(({ matched }) => matched === false).length,
    results,
  }
  return { status: 200, body }
}

function resultOf(row: IngestedRow, index: number): z.infer<typeof RowResult> {
  const errorOf = ({ problem: { reason: code, message }, path }: FoundProblem): z.infer<typeof RowError> => {
    return { pointer: pointerTo(['rows', index, ...path]), code, message }
  }
  if (row.status === 'rejected') return { index, status: 'rejected', matched: null, errors: [errorOf(row)] }
  const { status, matched, news, unreadable } = row
  return {
    index,
    status,
    matched,
    errors: [],
    ...(unreadable.length > 0 && { unreadable: unreadable.map(errorOf) }),
    ...(news.length > 0 && { news: [...news] }),
  }
}

import { STATUS_CODES } from 'node:http'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'

/**
 * Every problem (RFC 9457) of the service by its stable code; docs/api.md says what to do about each.
 * A title is the same in every occurrence; `detail` describes the occurrence.
 */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request is malformed' },
  malformed_body: { status: 400, title: 'The body is not valid JSON, or exceeds the limits' },
  invalid_request: { status: 400, title: 'The request does not match its schema' },
  invalid_cursor: { status: 400, title: 'The cursor was not issued for this list' },
  invalid_value: { status: 400, title: 'A value cannot be stored or compared' },
  unauthenticated: { status: 401, title: 'A valid API key is needed' },
  api_key_in_query: { status: 401, title: 'An API key must not be sent in the URL' },
  insufficient_scope: { status: 403, title: 'The API key lacks the scope for this' },
  actor_not_allowed: { status: 403, title: 'The API key acts for somebody else' },
  route_not_found: { status: 404, title: 'The path does not exist' },
  account_not_listed: { status: 404, title: 'The account is not on the list' },
  account_not_found: { status: 404, title: 'The account does not exist' },
  model_not_found: { status: 404, title: 'The model version does not exist' },
  segment_not_found: { status: 404, title: 'The segment does not exist' },
  report_not_found: { status: 404, title: 'The model version has no such report' },
  training_run_not_found: { status: 404, title: 'The training run does not exist' },
  api_key_not_found: { status: 404, title: 'The API key does not exist' },
  webhook_endpoint_not_found: { status: 404, title: 'The webhook endpoint does not exist' },
  delivery_not_found: { status: 404, title: 'The delivery does not exist' },
  problem_not_found: { status: 404, title: 'The problem type does not exist' },
  method_not_allowed: { status: 405, title: 'The path does not support this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  account_claimed: { status: 409, title: 'Another person works the account' },
  account_paused: { status: 409, title: 'The account is paused after a rejection' },
  conflict: { status: 409, title: 'The request conflicts with what is stored' },
  segment_exists: { status: 409, title: 'A segment has this name' },
  segment_of_file: { status: 409, title: 'The segment is defined in a file' },
  too_many_segments: { status: 409, title: 'The number of segments is at its limit' },
  no_champion: { status: 409, title: 'No model has been promoted yet' },
  model_not_proven: { status: 409, title: 'The model version is not proven' },
  model_unusable: { status: 409, title: 'The stored model version cannot be used' },
  champion_changed: { status: 409, title: 'The champion is not the expected version' },
  nothing_to_roll_back: { status: 409, title: 'There is no previous champion' },
  training_in_progress: { status: 409, title: 'Another training run is queued or running' },
  training_run_ended: { status: 409, title: 'The training run has ended' },
  api_key_ended: { status: 409, title: 'The API key was revoked or has expired' },
  api_key_replaced: { status: 409, title: 'Another API key has replaced this one' },
  too_many_webhook_endpoints: { status: 409, title: 'The number of webhook endpoints is at its limit' },
  idempotency_in_progress: { status: 409, title: 'A request with the same Idempotency-Key is running' },
  precondition_failed: { status: 412, title: 'If-Match does not match the current state' },
  body_too_large: { status: 413, title: 'The body is too large' },
  path_too_long: { status: 414, title: 'The path is too long' },
  rows_rejected: { status: 422, title: 'Rows were rejected; nothing was stored' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON in UTF-8' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used for another request' },
  precondition_required: { status: 428, title: 'The request must name the expected state' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The header fields are too large' },
  internal_error: { status: 500, title: 'Internal error' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
  timeout: { status: 503, title: 'The request took too long' },
  not_ready: { status: 503, title: 'The service is not ready' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>
export type ProblemCode = keyof typeof PROBLEMS
export const PROBLEM_CODES = Object.keys(PROBLEMS).toSorted() as readonly ProblemCode[]

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'
/** Retry-After (RFC 9110, 10.2.3) of every 503: each is temporary. */
const RETRY_AFTER_SECONDS = '5'

export const FieldError = z.strictObject({
  in: z.enum(['body', 'query', 'path', 'header']).describe('The part of the request.'),
  pointer: z.string().describe('JSON Pointer (RFC 6901) as a URI fragment.'),
  detail: z.string(),
})
export type FieldError = z.infer<typeof FieldError>

export const Problem = z
  .strictObject({
    type: z.string().describe('Path of the page that explains the problem type.'),
    title: z.string(),
    status: z.number().int(),
    code: z.string().describe('The stable name of the problem type, for programs.'),
    detail: z.string().optional().describe('A description of this occurrence, for people.'),
    instance: z.string().optional().describe('The request id, as in the log.'),
    errors: z.array(FieldError).optional().describe('The invalid fields, at most 20.'),
    owner: z.string().optional().describe('Of `account_claimed`: the owner.'),
  })
  .meta({
    id: 'Problem',
    description: 'Problem details, RFC 9457.',
    examples: [
      {
        type: '/problems/invalid_request',
        title: PROBLEMS.invalid_request.title,
        status: 400,
        code: 'invalid_request',
        detail: 'limit: Too big: expected number to be <=500',
        instance: 'urn:uuid:5f2b1c0e-7f6a-4f0e-9b1d-3a0f5c6d7e8f',
        errors: [{ in: 'query', pointer: '#/limit', detail: 'Too big: expected number to be <=500' }],
      },
    ],
  })
export type Problem = z.infer<typeof Problem>

export interface ProblemOccurrence {
  readonly detail?: string | undefined
  readonly errors?: readonly FieldError[] | undefined
  readonly owner?: string | undefined
}

export function problemOf(code: ProblemCode, occurrence: ProblemOccurrence = {}, requestId?: string): Problem {
  const { status, title } = PROBLEMS[code]
  return {
    type: `/problems/${code}`,
    title,
    status,
    code,
    ...(occurrence.detail === undefined ? {} : { detail: occurrence.detail }),
    ...(requestId === undefined ? {} : { instance: `urn:uuid:${requestId}` }),
    ...(occurrence.owner === undefined ? {} : { owner: occurrence.owner }),
    ...(occurrence.errors === undefined ? {} : { errors: [...occurrence.errors] }),
  }
}

/** Ends the request with a problem document, sent as text without a response schema. */
export function sendProblem(reply: FastifyReply, code: ProblemCode, occurrence: ProblemOccurrence = {}): FastifyReply {
  const problem = problemOf(code, occurrence, reply.request.id)
  if (problem.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  return reply
    .code(problem.status)
    .header('content-type', `${PROBLEM_MEDIA_TYPE}; charset=utf-8`)
    .send(JSON.stringify(problem))
}

/** The problems of every route under /v1. */
export const READ_PROBLEMS = [
  'bad_request',
  'invalid_request',
  'unauthenticated',
  'api_key_in_query',
  'insufficient_scope',
  'actor_not_allowed',
  'rate_limited',
  'internal_error',
  'database_unavailable',
  'timeout',
] as const satisfies readonly ProblemCode[]

/** The problems of every write with a JSON body. */
export const WRITE_PROBLEMS = [
  ...READ_PROBLEMS,
  'malformed_body',
  'body_too_large',
  'unsupported_media_type',
  'idempotency_in_progress',
  'idempotency_key_reused',
] as const satisfies readonly ProblemCode[]

/** The response schemas of the problems of a route, one entry per status. */
export function problemResponses(...codes: readonly ProblemCode[]) {
  const statuses = new Set(codes.map((code) => PROBLEMS[code].status))
  return Object.fromEntries(
    [...statuses].map((status) => {
      const ofStatus = codes.filter((code) => PROBLEMS[code].status === status)
      const description = `${STATUS_CODES[status] ?? 'Problem'}: \`${ofStatus.join('`, `')}\``
      return [status, { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: Problem } } }]
    }),
  )
}

import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError, type ErrorCode } from '../../errors.ts'
import { databaseProblem } from '../../store/database/database-problem.ts'
import { type ProblemCode, type ProblemOccurrence, sendProblem } from '../schemas/problems.ts'
import { fieldErrors, summary } from './validation.ts'

/** Codes of errors that the caller can correct; their messages are written for the caller. Others are internal errors. */
const OF_OURS: Partial<Record<ErrorCode, ProblemCode>> = {
  BodyRefused: 'malformed_body',
  BodyTooLarge: 'body_too_large',
  ChampionChanged: 'champion_changed',
  KeyEnded: 'unauthenticated',
  MediaTypeRefused: 'unsupported_media_type',
  ModelNotFound: 'model_not_found',
  ModelNotProven: 'model_not_proven',
  ModelUnusable: 'model_unusable',
  NoChampion: 'no_champion',
  NothingToRollBack: 'nothing_to_roll_back',
  ServiceStopping: 'not_ready',
}

const OF_FASTIFY: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_BAD_URL: 'bad_request',
  FST_ERR_MAX_PARAM_LENGTH: 'path_too_long',
  FST_ERR_HANDLER_TIMEOUT: 'timeout',
}

const DETAILS: Partial<Record<ProblemCode, string>> = {
  malformed_body: 'the body must be one complete JSON value without the key "__proto__"',
  unsupported_media_type: 'send Content-Type: application/json (of a stream: application/x-ndjson)',
  bad_request: 'the path must be percent-encoded UTF-8',
}

interface Classified extends ProblemOccurrence {
  readonly code: ProblemCode
}

/** Turns every error into a problem document; a 5xx has no internal text. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { code, ...occurrence } = classify(error, request)
  if (code === 'internal_error') request.log.error({ err: error }, 'request failed')
  else if (code === 'database_unavailable' || code === 'timeout')
    request.log.warn({ err: error }, 'request not answered')
  sendProblem(reply, code, occurrence)
  // The handler continues; its late answer is dropped.
  if (isFastifyError(error) && error.code === 'FST_ERR_HANDLER_TIMEOUT') reply.send = () => reply
  return reply
}

function classify(error: unknown, request: FastifyRequest): Classified {
  if (error instanceof z.ZodError && isFastifyError(error) && error.code === 'FST_ERR_VALIDATION') {
    const errors = fieldErrors(error, error.validationContext)
    return { code: 'invalid_request', detail: summary(errors), errors }
  }
  if (error instanceof AppError) {
    if (error.code === 'StreamInterrupted') return { ...classify(error.cause, request), detail: error.message }
    const code = OF_OURS[error.code]
    return code ? { code, ...occurrenceOf(error) } : { code: 'internal_error' }
  }
  const sqlState = databaseProblem(error)
  if (sqlState) return { code: sqlState }
  if (!isFastifyError(error)) return { code: 'internal_error' }
  const known = OF_FASTIFY[error.code]
  if (known === 'body_too_large') return { code: known, detail: tooLarge(request) }
  if (known) return { code: known, detail: DETAILS[known] }
  const status = error.statusCode ?? 500
  if (error instanceof SyntaxError && status === 400) return { code: 'malformed_body', detail: DETAILS.malformed_body }
  return { code: status >= 400 && status < 500 ? 'bad_request' : 'internal_error' }
}

function occurrenceOf({ message, pointer }: AppError): ProblemOccurrence {
  if (pointer === undefined) return { detail: message }
  const errors = [{ in: 'body', pointer, detail: message }] as const
  return { detail: summary(errors), errors }
}

function tooLarge({ routeOptions }: FastifyRequest): string {
  return `the body must not exceed ${routeOptions.bodyLimit / 1_048_576} MiB: send less at a time`
}

function isFastifyError(error: unknown): error is FastifyError & { validationContext?: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
}

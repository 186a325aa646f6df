import type { OpenAPIV3_1 } from 'openapi-types'
import { type Document, eachOperation } from './openapi-document.ts'

const REQUEST_ID: OpenAPIV3_1.HeaderObject = {
  description: 'The request id, as in the log.',
  required: true,
  schema: { type: 'string', format: 'uuid' },
}
const RETRY_AFTER: OpenAPIV3_1.HeaderObject = {
  description: 'Seconds to wait before the next try.',
  required: true,
  schema: { type: 'integer', minimum: 1 },
}
const ETAG: OpenAPIV3_1.HeaderObject = {
  description: 'The version of the content: send it back as `If-None-Match`.',
  required: true,
  schema: { type: 'string' },
}

/** Declares the response headers that are always sent. */
export function withHeaders(document: Document): Document {
  eachOperation(document, ({ responses = {} }) => {
    for (const [status, response] of Object.entries(responses)) {
      if ('$ref' in response) continue
      const answer = response as OpenAPIV3_1.ResponseObject
      const isConditional = '304' in responses && (status === '200' || status === '304')
      answer.headers = {
        ...answer.headers,
        'X-Request-Id': REQUEST_ID,
        ...((status === '429' || status === '503') && { 'Retry-After': RETRY_AFTER }),
        ...(isConditional && { ETag: ETAG }),
      }
    }
  })
  return document
}

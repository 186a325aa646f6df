import type { Kysely } from 'kysely'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { REASONS } from '../../../core/facts/import/problems.ts'
import { AppError } from '../../../errors.ts'
import { ingestStream } from '../../../jobs/facts/ingest-stream.ts'
import { limitConcurrency } from '../../../async/limit-concurrency.ts'
import { RECEIVED_KINDS } from '../../../store/facts/import/received.ts'
import type { Database } from '../../../store/database/tables/schema.ts'
import { noteWrite } from '../../plugins/audit.ts'
import { acceptLinesOnly } from '../../plugins/json-body.ts'
import { problemResponses, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { pointerTo } from '../../plugins/validation.ts'
import { INGEST_PROBLEMS, nameOf } from './ingest.ts'
import { ROW_EXAMPLES } from './ingest-rows.ts'

const MOST_BYTES = 1024 * 1_048_576
/** From the first byte to the answer. */
export const STREAM_TIMEOUT_MS = 600_000

const StreamResponse = z
  .strictObject({
    received: z.int().describe('Lines that are not empty.'),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    unmatched: z.int().describe('Rows that are kept and have no account yet.'),
    reasons: z.partialRecord(z.enum(REASONS), z.int()).describe('How many rows were rejected for what.'),
    rejected_rows: z
      .array(
        z.strictObject({
          line: z.int().describe('From 1.'),
          pointer: z.string().describe('Where in the line: JSON Pointer (RFC 6901) as a URI fragment.'),
          code: z.enum(REASONS),
          message: z.string(),
        }),
      )
      .describe('The first 1,000.'),
  })
  .meta({
    id: 'StreamResult',
    examples: [
      {
        received: 250_000,
        created: 249_998,
        updated: 0,
        unchanged: 1,
        rejected: 1,
        unmatched: 3120,
        reasons: { bad_instant: 1 },
        rejected_rows: [
          { line: 17, pointer: '#/occurred_at', code: 'bad_instant', message: 'expected ISO 8601 with an offset' },
        ],
      },
    ],
  })
  .describe('The whole stream was read')

/** In bulk: one JSON object a line, as many as one likes. */
export const ingestStreamRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  acceptLinesOnly(app)
  const inTurn = limitConcurrency(Math.max(1, Math.floor(services.pool.options.max / 4)))
  const stopping = new AbortController()
  app.addHook('preClose', async () => stopping.abort(new AppError('ServiceStopping', 'the service is stopping')))
  for (const kind of RECEIVED_KINDS) {
    app.post(
      `/${kind}/stream`,
      {
        handlerTimeout: STREAM_TIMEOUT_MS,
        config: { streams: true },
        schema: {
          operationId: `stream${nameOf(kind)}`,
          summary: `Send any number of ${kind.replace('-', ' ')}, one JSON object a line`,
          description:
            'Scope `facts:write`. Rows are as in the batch, one a line, and stored 1,000 at a time as they arrive. A stream that ' +
            'is interrupted has stored whole thousands; sent again from the start it changes nothing of what is stored. ' +
            `At most ${MOST_BYTES / 1_048_576} MiB and ten minutes. Takes no Idempotency-Key.`,
          tags: ['facts'],
          consumes: ['application/x-ndjson'],
          body: z.unknown().meta({
            description: 'One JSON object a line.',
            type: 'string',
            examples: [ROW_EXAMPLES[kind].map((row) => JSON.stringify(row)).join('\n')],
          }),
          response: { 200: StreamResponse, ...problemResponses(...INGEST_PROBLEMS, 'not_ready') },
        },
      },
      async (request, reply) => {
        const bytes = request.body
        if (!isReadable(bytes)) return sendProblem(reply, 'unsupported_media_type', { detail: MEDIA_TYPE })
        request.allowSlowBody?.()
        const options = {
          mostBytes: MOST_BYTES,
          signal: stopping.signal,
          inTurn,
          // A stream may last for minutes: a key that is revoked meanwhile writes nothing more.
          beforeBatch: () => request.requireKeyStill(),
          // With the first rows, so that what a broken stream has stored is in the log too.
          inFirstBatch: (transaction: Kysely<Database>) => noteWrite(transaction, request, 200),
          afterFirstBatch: () => void (request.isAudited = true),
        }
        // Unless all of the body was read, what follows on the connection is the rest of it.
        reply.header('connection', 'close')
        const { rejectedLines, ...counts } = await ingestStream(services.pool, kind, bytes, options)
        reply.removeHeader('connection')
        const rejectedRows = rejectedLines.map(({ path, ...rest }) => ({ ...rest, pointer: pointerTo(path) }))
        return { ...counts, rejected_rows: rejectedRows }
      },
    )
  }
}

const MEDIA_TYPE = 'send Content-Type: application/x-ndjson'

function isReadable(body: unknown): body is AsyncIterable<Buffer> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

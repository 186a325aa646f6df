import type { Kysely } from 'kysely'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { REASONS } from '../../../core/facts/import/problems.ts'
import { NEWS } from '../../../core/facts/news/news.ts'
import { AppError } from '../../../errors.ts'
import { ingestStream, type RejectedLine } from '../../../jobs/facts/ingest-stream.ts'
import { limitConcurrency } from '../../../async/limit-concurrency.ts'
import { RECEIVED_KINDS } from '../../../store/facts/import/received.ts'
import type { Database } from '../../../store/database/tables/schema.ts'
import { noteWrite } from '../../plugins/audit.ts'
import { acceptLinesOnly } from '../../plugins/json-body.ts'
import { problemResponses, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { pointerTo } from '../../plugins/validation.ts'
import { INGEST_PROBLEMS, nameOf, StrictQuery } from './ingest.ts'
import { ROW_EXAMPLES } from './ingest-rows.ts'

const MOST_BYTES = 1024 * 1_048_576
/** From the first byte to the answer. */
export const STREAM_TIMEOUT_MS = 600_000

const LineError = z.strictObject({
  line: z.int().describe('Counted from 1.'),
  pointer: z.string().describe('The place in the line: JSON Pointer (RFC 6901) as a URI fragment.'),
  code: z.enum(REASONS),
  message: z.string(),
})

const StreamResponse = z
  .strictObject({
    received: z.int().describe('The number of non-empty lines.'),
    created: z.int(),
    updated: z.int(),
    unchanged: z.int(),
    rejected: z.int(),
    unmatched: z.int().describe('Rows that are stored and match no account yet.'),
    news: z
      .partialRecord(z.enum(NEWS), z.int())
      .optional()
      .describe('The number of rows by what they say beside, as in a batch. Absent when it is nothing.'),
    reasons: z.partialRecord(z.enum(REASONS), z.int()).describe('The number of rejected rows by reason.'),
    rejected_rows: z.array(LineError).describe('The first 1,000 rejected rows.'),
    unreadable_cells: z
      .array(LineError)
      .optional()
      .describe(
        'The first 1,000 cells of stored rows that could not be read, and are unknown. Absent when there are none.',
      ),
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
  .describe('The counts of the whole stream')

/** Streams of facts: one JSON object per line, without a limit on rows. */
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
          summary: `Send any number of ${kind.replace('-', ' ')}, one JSON object per line`,
          description:
            'Scope `facts:write`. Rows are as in the batch, one per line, and are stored in batches of 1,000 as they arrive. An ' +
            'interrupted stream has stored whole batches; sending it again from the start changes none of the stored rows. ' +
            `At most ${MOST_BYTES / 1_048_576} MiB and ten minutes. Idempotency-Key is not accepted.`,
          tags: ['facts'],
          consumes: ['application/x-ndjson'],
          querystring: StrictQuery,
          body: z.unknown().meta({
            description: 'One JSON object per line.',
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
          strict: request.query.strict,
          signal: stopping.signal,
          inTurn,
          // A stream may last for minutes: after its key is revoked nothing more is stored.
          beforeBatch: () => request.requireKeyStill(),
          // Written with the first rows: the audit log then has interrupted streams too.
          inFirstBatch: (transaction: Kysely<Database>) => noteWrite(transaction, request, 200),
          afterFirstBatch: () => void (request.isAudited = true),
        }
        // If the body was not read to its end, the rest of it follows on the connection.
        reply.header('connection', 'close')
        const { rejectedLines, unreadableCells, news, ...counts } = await ingestStream(
          services.pool,
          kind,
          bytes,
          options,
        )
        reply.removeHeader('connection')
        return {
          ...counts,
          ...(Object.keys(news).length > 0 && { news }),
          rejected_rows: rejectedLines.map(errorOf),
          ...(unreadableCells.length > 0 && { unreadable_cells: unreadableCells.map(errorOf) }),
        }
      },
    )
  }
}

function errorOf({ path, ...rest }: RejectedLine): z.infer<typeof LineError> {
  return { ...rest, pointer: pointerTo(path) }
}

const MEDIA_TYPE = 'send Content-Type: application/x-ndjson'

function isReadable(body: unknown): body is AsyncIterable<Buffer> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type AuditEntry, listAuditEntries } from '../../../store/access/audit.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'

const EntryView = z
  .strictObject({
    audit_entry_id: z.int(),
    at: z.string(),
    key_id: z.string(),
    actor: z.string().describe('The person or system that acted with the key.'),
    method: z.string(),
    route: z.string().describe('The pattern of the path.'),
    target: z.string().nullable().describe('The ids in the path, or the id of the created object.'),
    outcome: z.enum(['done', 'refused', 'failed']).describe('Only `done` had an effect.'),
    status: z.int(),
    request_id: z.string().describe('The `X-Request-Id` of the response; the log uses the same id.'),
  })
  .meta({
    id: 'AuditEntry',
    description: 'A write request',
    examples: [
      {
        audit_entry_id: 118,
        at: '2026-03-01T09:00:00.000000Z',
        key_id: 'k3x9v0q2m1za',
        actor: 'data team',
        method: 'POST',
        route: '/v1/models/:version/promote',
        target: 'm-0f1e2d3c4b5a6978',
        outcome: 'done',
        status: 200,
        request_id: '5f2b1c0e-7f6a-4f0e-9b1d-3a0f5c6d7e8f',
      },
    ],
  })

const AuditPage = z
  .strictObject({ entries: z.array(EntryView), next_cursor: NextCursor })
  .describe('A page of the log, newest first')
const Query = z.strictObject({
  ...PageQuery.shape,
  key_id: z
    .string()
    .max(100)
    .optional()
    .describe('Only requests with this key.')
    .meta({ examples: ['k3x9v0q2m1za'] }),
})
const Position = z.object({ auditEntryId: z.int() })

export const auditLogRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/audit-log',
    {
      schema: {
        operationId: 'listAuditEntries',
        summary: 'The log of all write requests',
        description:
          'Scope `admin`. Every write request with a valid key, newest first. An entry is written in the transaction of ' +
          'the write and never changes. It holds no bodies.',
        tags: ['keys'],
        querystring: Query,
        response: { 200: AuditPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const { key_id: keyId, ...query } = request.query
      const pages = pagesOf(services, 'audit-log', { keyId: keyId ?? '' }, Position)
      const page = await pages.read(query, (limit, after) =>
        listAuditEntries(services.db, { limit, before: after?.auditEntryId, keyId }),
      )
      if (!page) return refuseCursor(reply)
      return { entries: page.rows.map(entryView), next_cursor: page.nextCursor }
    },
  )
}

function entryView(entry: AuditEntry): z.infer<typeof EntryView> {
  const { auditEntryId, keyId, requestId, status, ...rest } = entry
  return {
    ...rest,
    audit_entry_id: auditEntryId,
    key_id: keyId,
    request_id: requestId,
    status,
    outcome: outcomeOf(status),
  }
}

function outcomeOf(status: number): 'done' | 'refused' | 'failed' {
  if (status < 400) return 'done'
  return status < 500 ? 'refused' : 'failed'
}

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
    target: z.string().nullable().describe('What it was about: the ids in its path, or the id of what it made.'),
    outcome: z.enum(['done', 'refused', 'failed']).describe('Only what was done had an effect.'),
    status: z.int(),
    request_id: z.string().describe('As the answer said in `X-Request-Id`, and as the log knows it.'),
  })
  .meta({
    id: 'AuditEntry',
    description: 'A write that was asked for',
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
  .describe('A page of the log, the newest first')
const Query = z.strictObject({
  ...PageQuery.shape,
  key_id: z
    .string()
    .max(100)
    .optional()
    .describe('Only what was asked with this key.')
    .meta({ examples: ['k3x9v0q2m1za'] }),
})
const Position = z.object({ auditEntryId: z.int() })

export const auditLogRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/audit-log',
    {
      schema: {
        operationId: 'listAuditEntries',
        summary: 'Who wrote what, when, and with what outcome',
        description:
          'Scope `admin`. Every call that writes and came with a good key, the newest first. An entry is made in the ' +
          'transaction of its effect and never changes. Bodies are not in it.',
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

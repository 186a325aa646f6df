import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { MOST_SEGMENTS, SegmentName, WrittenDefinition } from '../../../core/qualification/segments/segment.ts'
import { WrittenFilter } from '../../../core/qualification/segments/filter.ts'
import {
  createSegment,
  deleteSegment,
  replaceSegment,
  type SegmentOutcome,
} from '../../../jobs/qualification/segments.ts'
import { findSegment, listSegments, type StoredSegment } from '../../../store/qualification/segments.ts'
import { actorOf } from '../../plugins/actor.ts'
import { inIdempotentWrite, type WriteAnswer } from '../../plugins/idempotency.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import {
  type FieldError,
  problemResponses,
  READ_PROBLEMS,
  sendProblem,
  WRITE_PROBLEMS,
} from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { pointerTo, summary } from '../../plugins/validation.ts'

const EXAMPLE_DEFINITION: WrittenDefinition = {
  title: 'Buying now, in Germany',
  description: 'For the Munich team.',
  filter: {
    all: [
      { field: 'buying_stage', operator: 'at_least', value: 'decision' },
      { field: 'attributes.country', operator: 'is_any_of', value: ['DE', 'AT'] },
    ],
  },
}
const EXAMPLE_NAME = 'buying-now-germany'

const SegmentView = z
  .strictObject({
    name: z.string(),
    title: z.string(),
    description: z.string().nullable(),
    filter: WrittenFilter,
    source: z.enum(['file', 'api']).describe('`file`: defined in `models/segments.json` and changed only there.'),
    revision: z.int().describe('Increases with every change.'),
    updated_at: z.string(),
    updated_by: z.string().nullable().describe('Null: the service.'),
    evaluated_at: z
      .string()
      .nullable()
      .describe('When all accounts were last evaluated; null: not yet since the last change.'),
    members: z.int().describe('The number of accounts in the segment.'),
  })
  .meta({
    id: 'Segment',
    description: 'A named filter; accounts enter and leave it as they change',
    examples: [
      {
        name: EXAMPLE_NAME,
        ...EXAMPLE_DEFINITION,
        description: 'For the Munich team.',
        source: 'api',
        revision: 1,
        updated_at: '2026-03-02T09:30:00.000000Z',
        updated_by: 'head of marketing',
        evaluated_at: '2026-03-02T09:30:02.000000Z',
        members: 37,
      },
    ],
  })

const SegmentPage = z
  .strictObject({ segments: z.array(SegmentView), next_cursor: NextCursor })
  .describe('A page of the segments, ordered by name')
const Position = z.object({ name: z.string() })
const NameParameter = z.strictObject({
  name: z
    .string()
    .max(100)
    .meta({ examples: [EXAMPLE_NAME] }),
})
const CreateBody = WrittenDefinition.extend({ name: SegmentName }).meta({
  examples: [{ name: EXAMPLE_NAME, ...EXAMPLE_DEFINITION }],
})
const ReplaceBody = WrittenDefinition.meta({ examples: [EXAMPLE_DEFINITION] })

export const segmentRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  app.get(
    '/segments',
    {
      schema: {
        operationId: 'listSegments',
        summary: 'Every segment',
        description: 'Scope `segments:read`. Ordered by name.',
        tags: ['segments'],
        querystring: PageQuery,
        response: { 200: SegmentPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'segments', {}, Position)
      const page = await pages.read(request.query, (limit, after) =>
        listSegments(services.db, { limit, after: after?.name }),
      )
      if (!page) return refuseCursor(reply)
      return { segments: page.rows.map(toView), next_cursor: page.nextCursor }
    },
  )
  app.post(
    '/segments',
    {
      schema: {
        operationId: 'createSegment',
        summary: 'Create a segment',
        description:
          'Scope `segments:manage`. The worker evaluates all accounts within seconds and sets `evaluated_at`. After that, ' +
          'accounts enter and leave whenever they are scored.',
        tags: ['segments'],
        body: CreateBody,
        response: { 201: SegmentView, ...problemResponses(...WRITE_PROBLEMS, 'segment_exists', 'too_many_segments') },
      },
    },
    async (request, reply) => {
      const { name, ...written } = request.body
      const { policy } = services
      return await inIdempotentWrite(services, request, reply, async (transaction) =>
        answerOf(await createSegment(transaction, { policy, name, written, actor: actorOf(request) }), 201),
      )
    },
  )
  app.get(
    '/segments/:name',
    {
      schema: {
        operationId: 'getSegment',
        summary: 'One segment',
        description: 'Scope `segments:read`.',
        tags: ['segments'],
        params: NameParameter,
        response: { 200: SegmentView, ...problemResponses(...READ_PROBLEMS, 'segment_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      const segment = await findSegment(services.db, request.params.name)
      return segment ? toView(segment) : sendProblem(reply, NOT_FOUND.problem, NOT_FOUND)
    },
  )
  app.put(
    '/segments/:name',
    {
      schema: {
        operationId: 'replaceSegment',
        summary: 'Replace a segment',
        description:
          'Scope `segments:manage`. Replaces the whole definition; an equal definition changes nothing. The worker evaluates ' +
          'all accounts within seconds.',
        tags: ['segments'],
        params: NameParameter,
        body: ReplaceBody,
        response: {
          200: SegmentView,
          ...problemResponses(...WRITE_PROBLEMS, 'segment_not_found', 'segment_of_file', 'path_too_long'),
        },
      },
    },
    async (request, reply) => {
      const { policy } = services
      const { name } = request.params
      return await inIdempotentWrite(services, request, reply, async (transaction) =>
        answerOf(
          await replaceSegment(transaction, { policy, name, written: request.body, actor: actorOf(request) }),
          200,
        ),
      )
    },
  )
  app.delete(
    '/segments/:name',
    {
      schema: {
        operationId: 'deleteSegment',
        summary: 'Delete a segment',
        description:
          'Scope `segments:manage`. Returns the deleted segment. The events of its members follow within seconds. Its past ' +
          'members remain available with `as_of`.',
        tags: ['segments'],
        params: NameParameter,
        response: {
          200: SegmentView,
          ...problemResponses(...WRITE_PROBLEMS, 'segment_not_found', 'segment_of_file', 'path_too_long'),
        },
      },
    },
    async (request, reply) =>
      await inIdempotentWrite(services, request, reply, async (transaction) =>
        answerOf(await deleteSegment(transaction, { name: request.params.name, actor: actorOf(request) }), 200),
      ),
  )
}

export const NOT_FOUND = { problem: 'segment_not_found', detail: 'GET /v1/segments lists them' } as const

function answerOf(outcome: SegmentOutcome, status: 200 | 201): WriteAnswer {
  switch (outcome.kind) {
    case 'stored':
      return { status, body: toView(outcome.segment), target: outcome.segment.name }
    case 'refused': {
      const errors = outcome.problems.map(
        ({ path, message }): FieldError => ({ in: 'body', pointer: pointerTo(path), detail: message }),
      )
      return { problem: 'invalid_request', detail: summary(errors), errors: errors.slice(0, MOST_ERRORS) }
    }
    case 'exists':
      return { problem: 'segment_exists', detail: 'a segment has this name: change it with PUT, or use another name' }
    case 'not_found':
      return NOT_FOUND
    case 'of_file':
      return { problem: 'segment_of_file', detail: 'change it in models/segments.json and restart the service' }
    case 'too_many':
      return {
        problem: 'too_many_segments',
        detail: `there are ${MOST_SEGMENTS} segments, the most allowed: delete one first`,
      }
  }
}

const MOST_ERRORS = 20

function toView(segment: StoredSegment): z.infer<typeof SegmentView> {
  return {
    name: segment.name,
    title: segment.title,
    description: segment.description,
    filter: segment.filter,
    source: segment.source,
    revision: segment.revision,
    updated_at: segment.updatedAt,
    updated_by: segment.updatedBy,
    evaluated_at: segment.evaluatedAt,
    members: segment.members,
  }
}

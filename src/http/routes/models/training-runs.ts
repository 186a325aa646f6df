import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type Instant, parseInstant } from '../../../core/base/time.ts'
import { requestTrainingRun } from '../../../jobs/training/training-run.ts'
import {
  cancelTrainingRun,
  endLostTrainingRuns,
  findTrainingRun,
  listTrainingRuns,
  TRAINING_RUN_STATES,
  type TrainingRun,
} from '../../../store/training/training-runs.ts'
import { actorOf } from '../../plugins/actor.ts'
import { integerParameter } from '../../schemas/fields.ts'
import { inIdempotentWrite } from '../../plugins/idempotency.ts'
import { NextCursor, PageQuery, pagesOf, refuseCursor } from '../../schemas/pages.ts'
import { problemResponses, READ_PROBLEMS, sendProblem, WRITE_PROBLEMS } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { FindingsView } from '../../schemas/training-findings.ts'

const RunView = z
  .strictObject({
    training_run_id: z.int(),
    state: z.enum(TRAINING_RUN_STATES),
    as_of: z.string().describe('It learns from what was known before this instant.'),
    specification: z.string(),
    requested_by: z.string(),
    requested_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    cancelled_by: z.string().nullable().describe('Set as soon as asked; a run that is under way ends seconds later.'),
    progress: z
      .strictObject({ step: z.string(), done: z.number(), total: z.number() })
      .nullable()
      .describe('How far the present step is: examples read for a model, the leakage audit, the reference population.'),
    version: z.string().nullable().describe('When it succeeded: what it learned. To use it, promote it.'),
    refusal: z
      .strictObject({ model: z.string(), reason: z.string(), message: z.string() })
      .nullable()
      .describe('When it was refused: which model could not be had, and why. The same data will be refused again.'),
    failure: z.string().nullable().describe('When it failed: what went wrong. It may go well another time.'),
    findings: FindingsView.nullable().describe('What was found out about its data; null until it ended.'),
  })
  .meta({
    id: 'TrainingRun',
    description: 'A training and how it stands',
    examples: [
      {
        training_run_id: 12,
        state: 'running',
        as_of: '2026-03-01T00:00:00.000000Z',
        specification: 'models',
        requested_by: 'data team',
        requested_at: '2026-03-01T06:12:00.000000Z',
        started_at: '2026-03-01T06:12:01.000000Z',
        finished_at: null,
        cancelled_by: null,
        progress: { step: 'in_market', done: 4000, total: 21_400 },
        version: null,
        refusal: null,
        failure: null,
        findings: null,
      },
    ],
  })

const InstantField = z
  .string()
  .max(40)
  .refine((text) => parseInstant(text) !== undefined, 'must be an instant with a zone, such as 2026-03-01T00:00:00Z')
  .meta({ format: 'date-time' })

const RunRequest = z
  .strictObject({
    as_of: InstantField.optional().describe('Learn only from what was known before this instant. Default: now.'),
    specification: z.string().max(100).default('models').describe('One of those that the service was configured with.'),
  })
  .meta({ examples: [{ as_of: '2026-03-01T00:00:00Z' }] })

const RunPage = z
  .strictObject({ training_runs: z.array(RunView), next_cursor: NextCursor })
  .describe('A page of the runs, the newest first')
const Position = z.object({ trainingRunId: z.int() })
const IdParameter = z.strictObject({
  id: integerParameter(z.int().min(1)).meta({ examples: [12] }),
})

export const trainingRunRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services }) => {
  const { db } = services
  app.post(
    '/training-runs',
    {
      schema: {
        operationId: 'createTrainingRun',
        summary: 'Learn a new model version',
        description:
          'Scope `models:train`. Answers at once; a worker takes the run, in a process of its own. Ask for it at ' +
          '`Location` until `finished_at` is set. One run is queued or under way at a time: while there is one, it is ' +
          'named in the problem and in its `Location`.',
        tags: ['training runs'],
        body: RunRequest,
        response: {
          202: RunView,
          ...problemResponses(...WRITE_PROBLEMS, 'training_in_progress'),
        },
      },
    },
    async (request, reply) => {
      const { as_of, specification } = request.body
      if (!services.specifications.includes(specification)) {
        return refuseField(reply, 'specification', `must be one of ${services.specifications.join(', ')}`)
      }
      const now = services.now()
      const asOf: Instant = (as_of === undefined ? undefined : parseInstant(as_of)) ?? now
      if (asOf > now) return refuseField(reply, 'as_of', `must not be later than now, ${now}`)
      const asked = { asOf, specification, requestedBy: actorOf(request) }
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const { kind, run } = await requestTrainingRun(transaction, asked)
        const headers = { location: `/v1/training-runs/${run.trainingRunId}` }
        const target = String(run.trainingRunId)
        if (kind === 'requested') return { status: 202, body: runView(run), headers, target }
        const detail = `training run ${run.trainingRunId} is ${run.state}: wait for it, or cancel it`
        return { problem: 'training_in_progress', detail, headers }
      })
    },
  )
  app.get(
    '/training-runs',
    {
      schema: {
        operationId: 'listTrainingRuns',
        summary: 'Every training run',
        description: 'Scope `models:read`. The newest first.',
        tags: ['training runs'],
        querystring: PageQuery,
        response: { 200: RunPage, ...problemResponses(...READ_PROBLEMS, 'invalid_cursor') },
      },
    },
    async (request, reply) => {
      const pages = pagesOf(services, 'training-runs', {}, Position)
      await endLostTrainingRuns(db)
      const page = await pages.read(request.query, (limit, after) =>
        listTrainingRuns(db, { limit, before: after?.trainingRunId }),
      )
      if (!page) return refuseCursor(reply)
      return { training_runs: page.rows.map(runView), next_cursor: page.nextCursor }
    },
  )
  app.get(
    '/training-runs/:id',
    {
      schema: {
        operationId: 'getTrainingRun',
        summary: 'How a training run stands',
        description: 'Scope `models:read`.',
        tags: ['training runs'],
        params: IdParameter,
        response: { 200: RunView, ...problemResponses(...READ_PROBLEMS, 'training_run_not_found', 'path_too_long') },
      },
    },
    async (request, reply) => {
      await endLostTrainingRuns(db)
      const run = await findTrainingRun(db, request.params.id)
      return run ? runView(run) : sendProblem(reply, UNKNOWN_RUN.problem, UNKNOWN_RUN)
    },
  )
  app.post(
    '/training-runs/:id/cancel',
    {
      schema: {
        operationId: 'cancelTrainingRun',
        summary: 'Give a training run up',
        description: 'Scope `models:train`. One that is queued ends at once, one that is under way within seconds.',
        tags: ['training runs'],
        params: IdParameter,
        response: {
          202: RunView,
          ...problemResponses(...WRITE_PROBLEMS, 'training_run_not_found', 'training_run_ended', 'path_too_long'),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      await endLostTrainingRuns(db)
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const cancelled = await cancelTrainingRun(transaction, id, actorOf(request))
        if (cancelled) return { status: 202, body: runView(cancelled) }
        const run = await findTrainingRun(transaction, id)
        if (!run) return UNKNOWN_RUN
        return { problem: 'training_run_ended', detail: `training run ${run.trainingRunId} is ${run.state}` }
      })
    },
  )
}

const UNKNOWN_RUN = { problem: 'training_run_not_found', detail: 'GET /v1/training-runs lists them' } as const

function refuseField(reply: FastifyReply, field: string, detail: string): FastifyReply {
  const errors = [{ in: 'body' as const, pointer: `#/${field}`, detail }]
  return sendProblem(reply, 'invalid_request', { detail: `${field}: ${detail}`, errors })
}

function runView(run: TrainingRun): z.infer<typeof RunView> {
  return {
    training_run_id: run.trainingRunId,
    state: run.state,
    as_of: run.asOf,
    specification: run.specification,
    requested_by: run.requestedBy,
    requested_at: run.requestedAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    cancelled_by: run.cancelledBy,
    progress: run.progress,
    version: run.version,
    refusal: run.refusal,
    failure: run.failure,
    findings: run.findings,
  }
}

import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { InstantField } from '../../../core/base/instant-field.ts'
import { parseInstant } from '../../../core/base/time.ts'
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
    as_of: z.string().describe('The training uses the facts known before this instant.'),
    specification: z.string(),
    requested_by: z.string(),
    requested_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    cancelled_by: z
      .string()
      .nullable()
      .describe('Set when the cancellation is requested; a running training ends seconds later.'),
    progress: z
      .strictObject({ step: z.string(), done: z.number(), total: z.number() })
      .nullable()
      .describe(
        'Progress of the present step: examples read for a model, the leakage audit, the reference population.',
      ),
    version: z.string().nullable().describe('The new version, if the run succeeded. Promote it to use it.'),
    refusal: z
      .strictObject({ model: z.string(), reason: z.string(), message: z.string() })
      .nullable()
      .describe(
        'If the run was refused: the model that cannot be trained and the reason. The same data is refused again.',
      ),
    failure: z.string().nullable().describe('If the run failed: the cause. A new run may succeed.'),
    findings: FindingsView.nullable().describe('The checks of the training data; null until the run has ended.'),
  })
  .meta({
    id: 'TrainingRun',
    description: 'A training run',
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

const RunRequest = z
  .strictObject({
    as_of: InstantField.optional().describe('Use only the facts known before this instant. Default: now.'),
    specification: z
      .string()
      .max(100)
      .default('models')
      .describe('One of the specifications in the setting SPECIFICATIONS.'),
  })
  .meta({ examples: [{ as_of: '2026-03-01T00:00:00Z' }] })

const RunPage = z
  .strictObject({ training_runs: z.array(RunView), next_cursor: NextCursor })
  .describe('A page of the runs, newest first')
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
        summary: 'Train a new model version',
        description:
          'Scope `models:train`. Queues the run and answers at once; a worker runs it in a separate process. Poll `Location` ' +
          'until `finished_at` is set. Only one run may be queued or running: `training_in_progress` names it, also in ' +
          '`Location`.',
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
      const asOf = (as_of === undefined ? undefined : parseInstant(String(as_of))) ?? now
      if (asOf > now) return refuseField(reply, 'as_of', `must not be later than now, ${now}`)
      const asked = { asOf, specification, requestedBy: actorOf(request) }
      return await inIdempotentWrite(services, request, reply, async (transaction) => {
        const { kind, run } = await requestTrainingRun(transaction, asked)
        const headers = { location: `/v1/training-runs/${run.trainingRunId}` }
        const target = String(run.trainingRunId)
        if (kind === 'requested') return { status: 202, body: runView(run), headers, target }
        const detail = `training run ${run.trainingRunId} is ${run.state}: wait until it ends, or cancel it`
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
        description: 'Scope `models:read`. Newest first.',
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
        summary: 'One training run',
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
        summary: 'Cancel a training run',
        description: 'Scope `models:train`. A queued run ends at once, a running one within seconds.',
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
        return {
          problem: 'training_run_ended',
          detail: `training run ${run.trainingRunId} has ended: it is ${run.state}`,
        }
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

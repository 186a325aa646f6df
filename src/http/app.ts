import { randomUUID } from 'node:crypto'
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify'
import { serializerCompiler } from 'fastify-type-provider-zod'
import type { Services } from './services.ts'
import { actorOf } from './plugins/actor.ts'
import { auditWrites } from './plugins/audit.ts'
import { requireApiKey } from './plugins/authentication.ts'
import { answerClientError } from './plugins/client-error.ts'
import { takeNothingForEmpty } from './openapi/empty-bodies.ts'
import { handleError } from './plugins/error-handler.ts'
import { acceptJsonOnly } from './plugins/json-body.ts'
import { answerUnknownRoutes } from './plugins/not-found.ts'
import { describeWrites } from './plugins/idempotency.ts'
import { registerOpenApi } from './openapi/openapi.ts'
import { accountScoreRoutes } from './routes/scoring/account-score.ts'
import { accountActionRoutes } from './routes/qualification/account-actions.ts'
import { accountRoutes } from './routes/scoring/accounts.ts'
import { apiKeyRoutes } from './routes/access/api-keys.ts'
import { auditLogRoutes } from './routes/access/audit-log.ts'
import { buyingGroupRoutes } from './routes/qualification/buying-group.ts'
import { deliveryRoutes } from './routes/delivery/deliveries.ts'
import { eventRoutes } from './routes/delivery/events.ts'
import { explanationRoutes } from './routes/scoring/explanation.ts'
import { icpRoutes } from './routes/models/icp.ts'
import { ingestRoutes } from './routes/facts/ingest.ts'
import { ingestStreamRoutes, STREAM_TIMEOUT_MS } from './routes/facts/ingest-stream.ts'
import { modelImpactRoutes } from './routes/models/model-impact.ts'
import { modelReportRoutes } from './routes/models/model-report.ts'
import { lookalikeRoutes } from './routes/scoring/lookalikes.ts'
import { modelRoutes } from './routes/models/models.ts'
import { openApiRoutes } from './routes/operations/openapi.ts'
import { operationsRoutes } from './routes/operations/operations.ts'
import { problemRoutes } from './routes/operations/problems.ts'
import { promotionRoutes } from './routes/models/promotions.ts'
import { qualifiedAccountRoutes } from './routes/qualification/qualified-accounts.ts'
import { qualifiedWorkRoutes } from './routes/qualification/qualified-work.ts'
import { scoreRoutes } from './routes/scoring/scores.ts'
import { segmentAccountRoutes } from './routes/qualification/segment-accounts.ts'
import { segmentRoutes } from './routes/qualification/segments.ts'
import { trainingRunRoutes } from './routes/models/training-runs.ts'
import { webhookEndpointRoutes } from './routes/delivery/webhook-endpoints.ts'
import { refuseWhatIsNotDeclared } from './plugins/strict-routes.ts'
import { refuseSlowBodies } from './plugins/body-timeout.ts'
import { validatorCompiler } from './plugins/validation.ts'

const BODY_LIMIT_BYTES = 1_048_576
/** The limit for the head of a request and for its body, unless it is a stream. */
const REQUEST_TIMEOUT_MS = 30_000
/** In addition to the body's limit; above the statement timeout, so that the database's error comes first. */
const HANDLER_TIMEOUT_MS = 15_000
/** The interval of the check for late heads. */
const LATE_HEADS_MS = 1_000
const CONNECTION_TIMEOUT_MS = 60_000
/** An external id of 400 characters, percent-encoded. */
const MOST_PATH_PARAMETER = 4_800

/** The service without a socket: call `listen` or `inject`. */
export async function createApp(
  services: Services,
  { requestTimeoutMs = REQUEST_TIMEOUT_MS }: { readonly requestTimeoutMs?: number } = {},
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: services.logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: STREAM_TIMEOUT_MS,
    http: { headersTimeout: requestTimeoutMs, connectionsCheckingInterval: LATE_HEADS_MS },
    // Starts with the head: a late body must be answered 408 before this limit.
    handlerTimeout: requestTimeoutMs + HANDLER_TIMEOUT_MS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    routerOptions: { maxParamLength: MOST_PATH_PARAMETER },
    // Requests on open connections are still answered while closing.
    return503OnClosing: false,
    trustProxy: services.trustedProxies.length > 0 && [...services.trustedProxies],
    frameworkErrors: (error, request, reply) => {
      setSecurityHeaders(reply)
      handleError(error, request, reply)
    },
    clientErrorHandler: answerClientError,
  })
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler(handleError)
  acceptJsonOnly(app)
  app.addHook('onRequest', async (_request, reply) => setSecurityHeaders(reply))
  refuseSlowBodies(app, requestTimeoutMs)
  app.addHook('onResponse', async (request, reply) => logResponse(request, reply))
  answerUnknownRoutes(app)
  await registerOpenApi(app)
  await app.register(openApiRoutes)
  await app.register(problemRoutes)
  await app.register(operationsRoutes, { services })
  await app.register(
    async (v1) => {
      await requireApiKey(v1, services)
      takeNothingForEmpty(v1)
      refuseWhatIsNotDeclared(v1)
      describeWrites(v1)
      auditWrites(v1, services)
      await v1.register(ingestRoutes, { services })
      await v1.register(ingestStreamRoutes, { services })
      await v1.register(scoreRoutes, { services })
      await v1.register(accountScoreRoutes, { services })
      await v1.register(accountRoutes, { services })
      await v1.register(accountActionRoutes, { services })
      await v1.register(buyingGroupRoutes, { services })
      await v1.register(explanationRoutes, { services })
      await v1.register(qualifiedAccountRoutes, { services })
      await v1.register(qualifiedWorkRoutes, { services })
      await v1.register(segmentRoutes, { services })
      await v1.register(segmentAccountRoutes, { services })
      await v1.register(icpRoutes, { services })
      await v1.register(lookalikeRoutes, { services })
      await v1.register(modelRoutes, { services })
      await v1.register(modelImpactRoutes, { services })
      await v1.register(modelReportRoutes, { services })
      await v1.register(promotionRoutes, { services })
      await v1.register(trainingRunRoutes, { services })
      await v1.register(eventRoutes, { services })
      await v1.register(webhookEndpointRoutes, { services })
      await v1.register(deliveryRoutes, { services })
      await v1.register(apiKeyRoutes, { services })
      await v1.register(auditLogRoutes, { services })
    },
    { prefix: '/v1' },
  )
  return app
}

function setSecurityHeaders(reply: FastifyReply): void {
  reply.headers({
    'x-request-id': reply.request.id,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
}

/** Logs one line per request. The route, not the URL: a query may hold secrets. */
function logResponse(request: FastifyRequest, reply: FastifyReply): void {
  const line = {
    method: request.method,
    route: request.routeOptions.url ?? null,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime * 10) / 10,
    keyId: request.apiKey?.keyId ?? null,
    actor: request.apiKey ? actorOf(request) : null,
  }
  request.log.info(line, 'request answered')
}

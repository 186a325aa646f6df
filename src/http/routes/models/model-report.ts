import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { VERDICTS } from '../../../core/evaluation/registry/proof.ts'
import { findBacktestPage, findBacktestReportText } from '../../../store/evaluation/backtests.ts'
import { findPolicyText } from '../../../store/registry/version-policies.ts'
import { answerConditionally, ConditionalHeaders } from '../../schemas/conditional.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { VersionParameter } from './promotions.ts'

/** Declared loosely: docs/backtest.md explains the figures. */
const ReportFigures = z
  .looseObject({
    version: z.string(),
    verdict: z.enum(VERDICTS),
    reasons: z.array(z.looseObject({ condition: z.string(), passed: z.boolean(), sentence: z.string() })),
  })
  .meta({
    id: 'BacktestReport',
    description: 'All figures of a backtest, as `npm run backtest -- --json` writes them',
    examples: [
      {
        version: 'm-0f1e2d3c4b5a6978',
        verdict: 'proven',
        reasons: [{ condition: 'win: roc_auc', passed: true, sentence: 'ROC AUC 0.741 (95% interval 0.722 to 0.760)' }],
      },
    ],
  })

export const modelReportRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services: { db } }) => {
  app.get(
    '/models/:version/report',
    {
      schema: {
        operationId: 'getModelReport',
        summary: 'The backtest report of a version, as a page or as figures',
        description:
          'Scope `models:read`. The newest backtest as one HTML page without external resources, or its figures as JSON: ' +
          'with `format=json`, or if `Accept` names `application/json` and not `text/html`.',
        tags: ['models'],
        params: z.strictObject({ version: VersionParameter }),
        querystring: z.strictObject({
          format: z.enum(['html', 'json']).optional().describe('Overrides `Accept`.'),
        }),
        headers: ConditionalHeaders,
        response: {
          200: {
            description: 'The report',
            content: { 'text/html': { schema: z.string() }, 'application/json': { schema: ReportFigures } },
          },
          304: z.undefined().describe('Unchanged since the ETag given'),
          ...problemResponses(...READ_PROBLEMS, 'model_not_found', 'report_not_found', 'path_too_long'),
        },
      },
      onSend: answerConditionally,
    },
    async (request, reply) => {
      const { version } = request.params
      const asJson = (request.query.format ?? wantedBy(request)) === 'json'
      const found = asJson ? await findBacktestReportText(db, version) : await findBacktestPage(db, version)
      if (found === undefined || found === null) {
        if (!(await findPolicyText(db, version)))
          return sendProblem(reply, 'model_not_found', { detail: 'GET /v1/models lists them' })
        const detail =
          found === null
            ? 'the newest backtest of this version has no page: use format=json'
            : `no backtest of ${version} is stored: run npm run backtest -- ${version}`
        return sendProblem(reply, 'report_not_found', { detail })
      }
      // Sent as text: the stored bytes are not serialized again.
      if (asJson) return reply.type('application/json; charset=utf-8').send(found)
      return reply.type('text/html; charset=utf-8').header('content-security-policy', policyFor(found)).send(found)
    },
  )
}

function wantedBy({ headers: { accept = '' } }: FastifyRequest): 'html' | 'json' {
  return accept.includes('application/json') && !accept.includes('text/html') ? 'json' : 'html'
}

/** Allows only the page's own style sheets, by their hashes: a stored page may be from an earlier release. */
function policyFor(page: string): string {
  const hashes = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style = '']) => {
    return `'sha256-${createHash('sha256').update(style).digest('base64')}'`
  })
  const styles = hashes.length > 0 ? hashes.join(' ') : "'none'"
  return `default-src 'none'; style-src ${styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

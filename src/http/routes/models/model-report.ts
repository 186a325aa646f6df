import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Instant } from '../../../core/base/time.ts'
import { runBacktest } from '../../../core/evaluation/backtest/run-backtest.ts'
import { PROOF_FORMAT } from '../../../core/evaluation/registry/proof.ts'
import { BacktestProof, combineReports } from '../../../core/evaluation/report/backtest-proof.ts'
import { findBacktestPage, findProofText } from '../../../store/evaluation/backtests.ts'
import { findPolicyText } from '../../../store/registry/version-policies.ts'
import { answerConditionally } from '../../schemas/conditional.ts'
import { problemResponses, READ_PROBLEMS, sendProblem } from '../../schemas/problems.ts'
import type { Services } from '../../services.ts'
import { VersionParameter } from './promotions.ts'

/** A version that was backtested on an empty history. */
function exampleProof(): BacktestProof {
  const asOf = '2026-03-01T00:00:00.000000Z' as Instant
  const data = { columns: [], rows: [], labelWindowDays: 180, dataEnd: asOf, excluded: {} }
  const part = { count: 0, of: 0 }
  const version = {
    version: 'm-0f1e2d3c4b5a6978',
    asOf,
    specificationSha256: '0'.repeat(64),
    winrateVersion: '0.1.0',
    specifications: { 'win.json': '0'.repeat(64) },
    champion: null,
  }
  return combineReports(version, {
    win: runBacktest({ ...data, model: 'win' }).report,
    inMarket: null,
    qualified: null,
    policyReplay: null,
    policy: null,
    readiness: {
      as_of: asOf,
      ready: false,
      findings: [],
      models: [],
      facts: [],
      opportunities: { won: 0, lost: 0, open: 0 },
      history: [],
      backfilled: {
        attributes: part,
        contacts: part,
        account_links: part,
        opportunity_contacts: part,
        opportunities: part,
      },
      imports: [],
    },
  })
}

const ProofView = BacktestProof.meta({
  id: 'BacktestProof',
  description: 'The figures of a backtest, as `npm run backtest -- --json` writes them; docs/backtest.md explains them',
  examples: [exampleProof()],
})

export const modelReportRoutes: FastifyPluginAsyncZod<{ services: Services }> = async (app, { services: { db } }) => {
  app.get(
    '/models/:version/report',
    {
      schema: {
        operationId: 'getModelReport',
        summary: 'The proof of a version, as an HTML page or as JSON',
        description:
          'Scope `models:read`. The newest backtest as one self-contained HTML page, or as JSON: with `format=json`, or when ' +
          '`Accept` names `application/json` and not `text/html`.',
        tags: ['models'],
        params: z.strictObject({ version: VersionParameter }),
        querystring: z.strictObject({
          format: z.enum(['html', 'json']).optional().describe('Takes precedence over `Accept`.'),
        }),
        response: {
          200: {
            description: 'The report',
            content: { 'text/html': { schema: z.string() }, 'application/json': { schema: ProofView } },
          },
          304: z.undefined().describe('Unchanged since the ETag given'),
          ...problemResponses(...READ_PROBLEMS, 'model_not_found', 'report_not_found', 'path_too_long'),
        },
      },
      onSend: answerConditionally,
    },
    async (request, reply) => {
      const { version } = request.params
      const missing = async () => {
        if (!(await findPolicyText(db, version)))
          return sendProblem(reply, 'model_not_found', { detail: 'GET /v1/models lists them' })
        const detail = `no backtest of ${version} is stored: npm run backtest -- ${version} makes one`
        return sendProblem(reply, 'report_not_found', { detail })
      }
      if ((request.query.format ?? wantedBy(request)) === 'json') {
        const proof = await findProofText(db, version)
        if (!proof) return missing()
        if (proof.format !== PROOF_FORMAT) {
          const detail = `the newest backtest of ${version} is stored in the format ${proof.format}, this Winrate returns ${PROOF_FORMAT}: npm run backtest -- ${version} makes a new one; its verdict and its HTML page remain`
          return sendProblem(reply, 'report_not_found', { detail })
        }
        // Text, so that the stored bytes are sent unchanged.
        return reply.type('application/json; charset=utf-8').send(proof.text)
      }
      const page = await findBacktestPage(db, version)
      if (page === undefined) return missing()
      if (page === null)
        return sendProblem(reply, 'report_not_found', {
          detail: 'the newest backtest of this version is stored without a page: ask for format=json',
        })
      return reply.type('text/html; charset=utf-8').header('content-security-policy', policyFor(page)).send(page)
    },
  )
}

function wantedBy({ headers: { accept = '' } }: FastifyRequest): 'html' | 'json' {
  return accept.includes('application/json') && !accept.includes('text/html') ? 'json' : 'html'
}

/** Allows the page's own style sheets by hash only. A page from an earlier Winrate has another style sheet. */
function policyFor(page: string): string {
  const hashes = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style = '']) => {
    return `'sha256-${createHash('sha256').update(style).digest('base64')}'`
  })
  const styles = hashes.length > 0 ? hashes.join(' ') : "'none'"
  return `default-src 'none'; style-src ${styles}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
}

import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exampleProof } from '../../../../src/http/routes/models/model-report.ts'
import { insertBacktest } from '../../../../src/store/evaluation/backtests.ts'
import { insertModelVersion, storeFindings } from '../../../../src/store/registry/models.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
const STYLE = 'main { color: black }'
const PAGE = `<!doctype html><html lang="en"><head><title>Winrate</title><style>${STYLE}</style></head></html>`
const REPORT = { ...exampleProof(), version: 'm-proven', verdict: 'proven' }

beforeAll(async () => {
  service = await startTestService()
  const { db } = service.database
  for (const version of ['m-proven', 'm-figures', 'm-before', 'm-new'])
    await insertModelVersion(db, version, artifactOf())
  await insertBacktest(db, 'm-proven', { ...REPORT, verdict: 'not_proven' }, '<p>an older one</p>')
  await insertBacktest(db, 'm-proven', REPORT, PAGE)
  await insertBacktest(db, 'm-figures', { ...REPORT, version: 'm-figures' })
  await insertBacktest(db, 'm-before', { ...REPORT, format: 'winrate-backtest/1' }, PAGE)
})
afterAll(() => service.close())

const report = (version: string, headers: Record<string, string> = {}, query = '') =>
  service.call({ url: `/v1/models/${version}/report${query}`, headers })

describe('GET /v1/models/{version}/report', () => {
  it('answers the page of the newest backtest as it was stored', async () => {
    const answer = await report('m-proven')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(answer.body).toBe(PAGE)
    const again = await report('m-proven', { 'if-none-match': String(answer.headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('allows only the style sheet of the page', async () => {
    const policy = String((await report('m-proven')).headers['content-security-policy'])
    const hash = createHash('sha256').update(STYLE).digest('base64')
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    )
  })

  it('returns the figures if the header or the parameter asks for JSON', async () => {
    for (const answer of [
      await report('m-proven', { accept: 'application/json' }),
      await report('m-proven', { accept: 'text/html' }, '?format=json'),
    ]) {
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(answer.body).toBe(JSON.stringify(REPORT))
    }
    const browser = await report('m-proven', { accept: 'text/html,application/json;q=0.9' })
    expect(browser.headers['content-type']).toContain('text/html')
  })

  it('names what is missing: the version, the backtest, the page', async () => {
    expect((await report('m-none')).json()).toMatchObject({ status: 404, code: 'model_not_found' })
    const unproven = (await report('m-new', {}, '?format=json')).json()
    expect(unproven).toMatchObject({ status: 404, code: 'report_not_found' })
    expect(unproven.detail).toContain('npm run backtest -- m-new')
    expect((await report('m-figures')).json().detail).toContain('format=json')
    expect((await report('m-figures', {}, '?format=json')).statusCode).toBe(200)
    expect((await report('m-proven', {}, '?format=pdf')).json()).toMatchObject({ code: 'invalid_request' })
  })

  it('answers the page of a backtest in an earlier format, and asks to run it again for its figures', async () => {
    expect((await report('m-before')).body).toBe(PAGE)
    const figures = (await report('m-before', {}, '?format=json')).json()
    expect(figures).toMatchObject({ status: 404, code: 'report_not_found' })
    expect(figures.detail).toContain('winrate-backtest/1')
    expect(figures.detail).toContain('npm run backtest -- m-before')
  })

  it('needs the scope models:read', async () => {
    const key = await service.keyWith('score:read')
    const refused = await service.call({ url: '/v1/models/m-proven/report', key })
    expect(refused.json()).toMatchObject({ status: 403, code: 'insufficient_scope' })
  })
})

describe('GET /v1/models/{version}', () => {
  it('has the findings of the training about the data', async () => {
    const get = async () => (await service.call({ url: '/v1/models/m-new' })).json()
    expect((await get()).findings).toBeNull()
    const leak = {
      model: 'win',
      column: 'discount',
      kind: 'changed_at_close' as const,
      severity: 'critical' as const,
      evidence: 'discount is written on the day of the close in 92% of the opportunities.',
      remedy: 'add "discount" to "exclude" in the specification',
    }
    const findings = { ready: true, readiness: [], leakage: [leak] }
    await storeFindings(service.database.db, 'm-new', findings)
    expect((await get()).findings).toEqual(findings)
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { claimTrainingRun, finishTrainingRun } from '../../../../src/store/training/training-runs.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService({ specifications: ['models', 'emea'] })
  await insertModelVersion(service.database.db, 'm-1', artifactOf())
})
afterAll(() => service.close())
beforeEach(() => service.database.pool.query('delete from training_run'))

const post = (payload: object = {}) => service.call({ method: 'POST', url: '/v1/training-runs', payload })
const get = (path = '') => service.call({ url: `/v1/training-runs${path}` })
const cancel = (id: number) => service.call({ method: 'POST', url: `/v1/training-runs/${id}/cancel` })

async function begin(): Promise<number> {
  return (await post()).json().training_run_id
}

const TOO_FEW = {
  name: 'too_few_won' as const,
  severity: 'refused' as const,
  model: 'win',
  subject: null,
  figure: 12,
  limit: 40,
  sentence: 'win needs at least 40 examples that are won; there are 12, 28 are missing.',
}
const LEAK = {
  model: 'win',
  column: 'discount',
  kind: 'changed_at_close' as const,
  severity: 'critical' as const,
  evidence: 'discount was written at the close of 92% of the opportunities.',
  remedy: 'add "discount" to "exclude"',
}

describe('POST /v1/training-runs', () => {
  it('answers 202 with Location, and records the actor', async () => {
    const answer = await post({ as_of: '2026-01-01T00:00:00+01:00', specification: 'emea' })
    expect(answer.statusCode).toBe(202)
    const run = answer.json()
    expect(run).toMatchObject({
      state: 'queued',
      as_of: '2025-12-31T23:00:00.000000Z',
      specification: 'emea',
      requested_by: 'test',
      version: null,
    })
    expect(answer.headers.location).toBe(`/v1/training-runs/${run.training_run_id}`)
    expect((await service.call({ url: String(answer.headers.location) })).json()).toEqual(run)
  })

  it('one at a time: of 16 concurrent requests one is accepted, the others get its id', async () => {
    const answers = await Promise.all(Array.from({ length: 16 }, () => post()))
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted()
    expect(statuses).toEqual([202, ...Array.from({ length: 15 }, () => 409)])
    const id = answers.find(({ statusCode }) => statusCode === 202)?.json().training_run_id
    for (const answer of answers.filter(({ statusCode }) => statusCode === 409)) {
      expect(answer.headers.location).toBe(`/v1/training-runs/${id}`)
      expect(answer.json()).toMatchObject({
        code: 'training_in_progress',
        detail: `training run ${id} is queued: wait until it ends, or cancel it`,
      })
    }
  })

  it('refuses invalid requests', async () => {
    const pointers = async (payload: object) =>
      (await post(payload)).json().errors.map(({ pointer }: { pointer: string }) => pointer)
    expect(await pointers({ as_of: '2026-01-01' })).toEqual(['#/as_of'])
    expect(await pointers({ as_of: '2199-01-01T00:00:00Z' })).toEqual(['#/as_of'])
    expect(await pointers({ specification: '../secrets' })).toEqual(['#/specification'])
    expect(await pointers({ spec: 'models' })).toEqual(['#/spec'])
    expect((await get()).json().training_runs).toEqual([])
  })
})

describe('GET /v1/training-runs', () => {
  it('has the result of a run', async () => {
    const { db } = service.database
    const refused = await begin()
    const taken = await claimTrainingRun(db)
    if (!taken) throw new Error('not taken')
    expect((await get(`/${refused}`)).json()).toMatchObject({ state: 'running', finished_at: null })
    const refusal = { model: 'win', reason: 'too_few', message: 'win refused: needs at least 40' }
    const findings = { ready: false, readiness: [TOO_FEW], leakage: [] }
    await finishTrainingRun(db, taken, { kind: 'refused', refusal, findings })
    expect((await get(`/${refused}`)).json()).toMatchObject({ state: 'refused', refusal, version: null, findings })

    const succeeded = await begin()
    const again = await claimTrainingRun(db)
    if (!again) throw new Error('not taken')
    await finishTrainingRun(db, again, {
      kind: 'succeeded',
      version: 'm-1',
      findings: { ready: true, readiness: [], leakage: [LEAK] },
    })
    expect((await get(`/${succeeded}`)).json().findings.leakage).toEqual([LEAK])
    const { training_runs: runs } = (await get()).json()
    expect(runs.map(({ state, version }: { state: string; version: string }) => [state, version])).toEqual([
      ['succeeded', 'm-1'],
      ['refused', null],
    ])
    const page = (await get('?limit=1')).json()
    expect((await get(`?limit=1&cursor=${page.next_cursor}`)).json()).toEqual({
      training_runs: [runs[1]],
      next_cursor: null,
    })
  })

  it('reports a run as failed if its worker died', async () => {
    const id = await begin()
    await claimTrainingRun(service.database.db)
    await service.database.pool.query(`update training_run set heartbeat_at = now() - interval '1 minute'`)
    expect((await get(`/${id}`)).json()).toMatchObject({ state: 'failed', failure: 'the worker that ran it died' })
    expect((await post()).statusCode).toBe(202)
  })

  it('is 404 for an unknown run', async () => {
    expect((await get('/999')).json()).toMatchObject({ code: 'training_run_not_found' })
    expect((await get('/x')).statusCode).toBe(400)
  })
})

describe('POST /v1/training-runs/{id}/cancel', () => {
  it('ends a queued run at once, and no run twice', async () => {
    const id = await begin()
    const cancelled = await cancel(id)
    expect(cancelled.statusCode).toBe(202)
    expect(cancelled.json()).toMatchObject({ state: 'cancelled', cancelled_by: 'test' })
    expect((await cancel(id)).json()).toMatchObject({ code: 'training_run_ended', status: 409 })
    expect((await cancel(999)).json()).toMatchObject({ code: 'training_run_not_found' })
  })

  it('requests the end of a running training from its worker', async () => {
    const id = await begin()
    await claimTrainingRun(service.database.db)
    expect((await cancel(id)).json()).toMatchObject({ state: 'running', cancelled_by: 'test' })
    expect((await post()).statusCode).toBe(409)
  })
})

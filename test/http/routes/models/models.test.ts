import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { versionOf } from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { insertBacktest } from '../../../../src/store/evaluation/backtests.ts'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { artifactOf } from '../../../core/scoring/support.ts'
import { startTestService, type TestService } from '../../support.ts'

let service: TestService
const CALLS = 32
const PROVEN: string[] = []
const UNPROVEN = 'm-unproven'

beforeAll(async () => {
  service = await startTestService()
  const { db } = service.database
  for (let index = 0; index < CALLS; index += 1) {
    const artifact = { ...artifactOf(), data_sha256: index.toString(16).padStart(64, '0') }
    const version = versionOf(artifact)
    await insertModelVersion(db, version, artifact)
    await insertBacktest(db, version, { verdict: 'proven', win: { reasons: [] }, in_market: null })
    PROVEN.push(version)
  }
  await insertModelVersion(db, UNPROVEN, artifactOf())
  const reasons = [{ condition: 'gain', passed: false, sentence: 'the interval of the gain includes 0' }]
  await insertBacktest(db, UNPROVEN, { verdict: 'not_proven', win: { reasons }, in_market: null })
})
afterAll(() => service.close())
beforeEach(() => service.database.pool.query('delete from promotion; update model_version set is_champion = false'))

const promote = (version: string, payload: object = {}, headers: Record<string, string> = {}) =>
  service.call({ method: 'POST', url: `/v1/models/${version}/promote`, payload, headers })
const rollBack = (payload: object = {}, headers: Record<string, string> = {}) =>
  service.call({ method: 'POST', url: '/v1/models/rollback', payload, headers })
const champion = () => service.call({ url: '/v1/models/champion' })
const [first = '', second = '', third = ''] = [0, 1, 2].map((index) =>
  versionOf({ ...artifactOf(), data_sha256: index.toString(16).padStart(64, '0') }),
)

describe('POST /v1/models/{version}/promote', () => {
  it('promotes a proven version and records the key', async () => {
    expect((await promote(first, { reason: 'quarterly' })).json()).toEqual({
      champion: first,
      replaced: null,
      changed: true,
    })
    expect((await promote(second)).json()).toEqual({ champion: second, replaced: first, changed: true })
    expect((await promote(second)).json()).toEqual({ champion: second, replaced: second, changed: false })
    const history = (await service.call({ url: '/v1/promotions' })).json()
    expect(history.next_cursor).toBeNull()
    expect(history.promotions).toMatchObject([
      { kind: 'promote', version: second, replaced: first, forced: false, verdict: 'proven', promoted_by: 'test' },
      { kind: 'promote', version: first, replaced: null, reason: 'quarterly' },
    ])
  })

  it('refuses what is not proven, unless forced with a reason', async () => {
    const refused = await promote(UNPROVEN)
    expect(refused.statusCode).toBe(409)
    expect(refused.json()).toMatchObject({ code: 'model_not_proven' })
    expect(refused.json().detail).toContain('is not proven; the interval of the gain includes 0')
    const unreasoned = await promote(UNPROVEN, { force: true })
    expect(unreasoned.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '#/reason' }] })
    expect((await promote(UNPROVEN, { force: true, reason: 'pilot' })).statusCode).toBe(200)
    const model = (await service.call({ url: `/v1/models/${UNPROVEN}` })).json()
    expect(model).toMatchObject({ status: 'champion', backtest: { verdict: 'not_proven' } })
    expect(model.promotions).toMatchObject([{ forced: true, reason: 'pilot', verdict: 'not_proven' }])
  })

  it('is 404 for an unknown version', async () => {
    expect((await promote('m-none')).json()).toMatchObject({ code: 'model_not_found', status: 404 })
    expect((await service.call({ url: '/v1/models/m-none' })).json()).toMatchObject({ code: 'model_not_found' })
  })

  it('with If-Match or expected_champion changes only that champion', async () => {
    await promote(first, { expected_champion: null })
    const { etag = '' } = (await champion()).headers
    expect(etag).toBe(`"${first}"`)
    expect((await promote(second, {}, { 'if-match': `"${third}"` })).json()).toMatchObject({
      code: 'precondition_failed',
      status: 412,
    })
    expect((await promote(second, { expected_champion: third })).json()).toMatchObject({
      code: 'champion_changed',
      status: 409,
    })
    expect((await promote(second, { expected_champion: null })).statusCode).toBe(409)
    expect((await promote(second, { expected_champion: third }, { 'if-match': etag as string })).statusCode).toBe(400)
    expect((await promote(second, {}, { 'if-match': 'W/"x", "y"' })).statusCode).toBe(400)
    expect((await promote(second, {}, { 'if-match': etag as string })).statusCode).toBe(200)
  })

  it('called 32 times at once ends with one champion and an unbroken history', async () => {
    const answers = await Promise.all(PROVEN.map((version) => promote(version)))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(PROVEN.map(() => 200))
    const page = (await service.call({ url: '/v1/promotions?limit=200' })).json()
    const changes: { version: string; replaced: string | null }[] = page.promotions.toReversed()
    expect(changes).toHaveLength(CALLS)
    changes.forEach(({ replaced }, index) => expect(replaced).toBe(changes[index - 1]?.version ?? null))
    expect((await champion()).json().version).toBe(changes.at(-1)?.version)
  })

  it('called 32 times at once with the same If-Match succeeds once', async () => {
    await promote(first)
    const answers = await Promise.all(
      PROVEN.slice(1).map((version) => promote(version, {}, { 'if-match': `"${first}"` })),
    )
    const statuses = answers.map(({ statusCode }) => statusCode).toSorted()
    expect(statuses).toEqual([200, ...Array.from({ length: CALLS - 2 }, () => 412)])
  })
})

describe('POST /v1/models/rollback', () => {
  it('goes back to the champion before the one that is named', async () => {
    await promote(first)
    await promote(second)
    expect((await rollBack({})).json()).toMatchObject({ code: 'precondition_required', status: 428 })
    expect((await rollBack({ expected_champion: first })).json()).toMatchObject({ code: 'champion_changed' })
    const back = await rollBack({ expected_champion: second, reason: 'too many qualified' })
    expect(back.json()).toEqual({ champion: first, replaced: second, changed: true })
    expect((await rollBack({}, { 'if-match': `"${second}"` })).statusCode).toBe(412)
    expect((await rollBack({}, { 'if-match': `"${first}"` })).json()).toMatchObject({ code: 'nothing_to_roll_back' })
    const { promotions } = (await service.call({ url: '/v1/promotions' })).json()
    expect(promotions[0]).toMatchObject({ kind: 'rollback', version: first, reason: 'too many qualified' })
    expect((await service.call({ url: `/v1/models/${second}` })).json().status).toBe('retired')
  })
})

describe('GET /v1/models', () => {
  it('lists every version once, page by page, the newest first', async () => {
    await promote(first)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await service.call({ url: `/v1/models?limit=10${cursor ? `&cursor=${cursor}` : ''}` })
      const { models, next_cursor: next } = page.json()
      seen.push(...models.map(({ version }: { version: string }) => version))
      cursor = next
    } while (cursor)
    expect(seen).toHaveLength(CALLS + 1)
    expect(new Set(seen).size).toBe(CALLS + 1)
    expect([seen[0], seen.at(-1)]).toEqual([UNPROVEN, first])
    const foreign = (await service.call({ url: '/v1/promotions?cursor=eyJ9.aaaaaaaaaaaaaaaaaaaaaa' })).json()
    expect(foreign).toMatchObject({ code: 'invalid_cursor' })
  })

  it('states the status of each version', async () => {
    await promote(first)
    const { models } = (await service.call({ url: '/v1/models?limit=200' })).json()
    const statuses = models.map(({ status }: { status: string }) => status)
    expect(statuses.filter((status: string) => status === 'champion')).toHaveLength(1)
    expect(statuses.filter((status: string) => status === 'challenger')).toHaveLength(CALLS)
  })
})

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabaseClock } from '../../../../src/store/database/database-clock.ts'
import { insertModelVersion } from '../../../../src/store/registry/models.ts'
import { epochMsOf } from '../../../../src/core/base/time.ts'
import { promote } from '../../../../src/jobs/registry/promote.ts'
import type { ModelArtifact } from '../../../../src/core/scoring/artifact/model-artifact.ts'
import { createApp } from '../../../../src/http/app.ts'
import { createServices } from '../../../../src/services.ts'
import { insertChampion, startTestService, type TestService } from '../../support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const ready = async (app = service.app) => (await app.inject('/readyz')).json()

describe('the champion', () => {
  let version: string
  let count = 0
  beforeEach(async () => {
    await service.database.pool.query('update model_version set is_champion = false')
    version = `v${(count += 1)}`
    await insertChampion(service.database, version)
  })
  const alter = (artifact: string) =>
    service.database.pool.query(`update model_version set artifact = ${artifact} where version = $1`, [version])
  const ALTERED = `replace(artifact::text, '"rows":100', '"rows":999')::json`

  it('is loaded before the service is ready', async () => {
    expect(await ready()).toEqual({ status: 'ready', champion: version })
  })

  it('that was altered is not used, and is reported', async () => {
    await alter(ALTERED)
    const unusable = `model version "${version}" cannot be used: its artifact was altered`
    expect(await ready()).toMatchObject({ status: 503, code: 'not_ready', detail: expect.stringContaining(unusable) })
    const payload = { rows: [{ external_id: 'a1' }] }
    await service.call({ method: 'POST', url: '/v1/accounts/batch', payload })
    const { account_id: id } = (await service.call({ url: '/v1/accounts/by-external-id/a1' })).json()
    for (const url of ['/v1/models/champion', `/v1/accounts/${id}/score`, '/v1/lookalikes?motion=new_business']) {
      const answer = await service.call({ url })
      if (answer.statusCode !== 400) expect(answer.json()).toMatchObject({ status: 409, code: 'model_unusable' })
    }
    const scored = await service.call({ method: 'POST', url: '/v1/scores', payload: { accounts: [{ id }] } })
    expect(scored.json()).toMatchObject({ status: 409, code: 'model_unusable' })
    expect((await service.call({ url: '/livez', key: null })).statusCode).toBe(200)
  })

  it('that cannot be read is not ready either, even if its digest matches', async () => {
    await service.database.pool.query('delete from model_version where version = $1', [version])
    await service.database.pool.query(
      `insert into model_version (version, as_of, data_sha256, specification_sha256, artifact, is_champion)
       values ($1, now(), $2, $2, '{"format":"winrate-artifact/9"}', true)`,
      [version, 'a'.repeat(64)],
    )
    const { detail } = await ready()
    expect(detail).toContain(
      `model version "${version}" cannot be used: this release does not read the format of its artifact`,
    )
  })

  it('that was altered can be promoted only after it is trained again', async () => {
    const { rows } = await service.database.pool.query('select artifact from model_version where version = $1', [
      version,
    ])
    await alter(ALTERED)
    await service.database.pool.query('update model_version set is_champion = false')
    const request = { promotedBy: 'test', reason: 'a test', force: true }
    await expect(promote(service.database.db, version, request)).rejects.toThrow('was altered')
    await insertModelVersion(service.database.db, version, rows[0].artifact as ModelArtifact)
    await promote(service.database.db, version, request)
    expect(await ready()).toEqual({ status: 'ready', champion: version })
  })
})

describe('the clock', () => {
  afterEach(() => vi.restoreAllMocks())
  const HOUR_MS = 3_600_000
  const away = (ms: number) => {
    const real = Date.now.bind(Date)
    vi.spyOn(Date, 'now').mockImplementation(() => real() + ms)
  }
  const databaseNow = async () => {
    const { rows } = await service.database.pool.query<{ ms: number }>(
      'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
    )
    return rows[0]?.ms ?? 0
  }

  it.each([HOUR_MS, -HOUR_MS])('of the service is that of the database when its machine is %i ms away', async (ms) => {
    away(ms)
    const services = await createServices({ ...service.database, logger: service.services.logger })
    const before = await databaseNow()
    const between = epochMsOf(services.now())
    const after = await databaseNow()
    // Half a round trip to either side, and the instant is cut to the millisecond.
    expect(between).toBeGreaterThan(before - 1000)
    expect(between).toBeLessThan(after + 1000)
  })

  it('of the machine may be set while the service runs', async () => {
    const services = await createServices({ ...service.database, logger: service.services.logger })
    const before = services.now()
    away(HOUR_MS)
    expect(epochMsOf(services.now()) - epochMsOf(before)).toBeLessThan(HOUR_MS / 2)
  })

  it('is measured again when a connection opens and once a period, and costs no statement else', async () => {
    const { db, pool } = service.database
    const connect = vi.spyOn(pool, 'connect')
    const now = await openDatabaseClock(db, pool, 50)
    const measured = () => connect.mock.calls.length
    for (let count = 0; count < 10_000; count += 1) now()
    expect(measured()).toBe(1)
    await vi.waitFor(() => expect(measured()).toBeGreaterThan(3), 10_000)
  })

  it.each([
    [61_500, 'ahead of'],
    [-61_500, 'behind'],
  ])('that differs from the database by %i ms makes the service not ready', async (ms, how) => {
    await service.database.pool.query('update model_version set is_champion = false')
    const app = await createApp(service.services)
    away(ms)
    const { code, detail } = await ready(app)
    expect([code, detail]).toEqual([
      'not_ready',
      expect.stringMatching(`^this machine's clock is 6[12] seconds ${how}`),
    ])
    away(0)
    vi.restoreAllMocks()
    away(Math.sign(ms) * 30_000)
    expect(await ready(app)).toMatchObject({ status: 'ready' })
    await app.close()
  })
})

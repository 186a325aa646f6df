import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Instant } from '../../src/core/base/time.ts'
import { insertModelVersion } from '../../src/store/registry/models.ts'
import { artifactOf } from '../core/scoring/support.ts'
import { insertAccount, insertModelVersion as insertChampion, publishedScore } from '../support/accounts.ts'
import { startHubspot } from '../support/crm.ts'
import { createTestDatabase, type TestDatabase } from '../support/server/database.ts'
import { runScriptFile } from '../support/run-script.ts'
import { storeScores } from '../support/store-scores.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await createTestDatabase()
})
afterEach(() => database.drop())

describe('the exit status', () => {
  it('of npm run score is 1 when there was no account to score', { timeout: 120_000 }, async () => {
    await insertModelVersion(database.db, 'm-1', artifactOf())
    const { code, stdout, stderr } = await runScriptFile(database, 'scripts/data-team/score.ts', [
      '--model',
      'm-1',
      '--json',
    ])
    expect([code, JSON.parse(stdout).scored]).toEqual([1, 0])
    expect(stderr).toMatch(/no account was known before \S+: import accounts first\n$/)
  })

  it('of npx winrate write-back --once is 1 until the CRM has taken every account', { timeout: 120_000 }, async () => {
    await insertChampion(database.db, 'v1', true)
    const crm = await startHubspot(['1000'])
    try {
      const env = { HUBSPOT_URL: crm.origin, HUBSPOT_ACCESS_TOKEN: 'secret-token' }
      const writeBack = () => runScriptFile(database, 'scripts/operator/write-back.ts', ['hubspot', '--once'], { env })
      const score = async (key: string) => {
        const accountId = await insertAccount(database.db, key)
        const scored = [{ accountId, score: publishedScore({ account_external_id: key }) }]
        await storeScores(database.db, '2026-03-01T00:00:00.000000Z' as Instant, scored)
      }
      await score('1000')
      expect(await writeBack()).toMatchObject({ code: 0, stdout: expect.stringContaining('0 were refused') })
      await score('unknown')
      const refused = await writeBack()
      expect(refused).toMatchObject({ code: 1, stdout: expect.stringContaining('1 was refused') })
      expect(refused.stdout).toContain('  unknown: ')
    } finally {
      await crm.close()
    }
  })
})

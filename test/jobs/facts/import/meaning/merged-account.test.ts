import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPreset } from '../../../../../src/jobs/facts/import/presets.ts'
import { importText } from '../../../../support/import-text.ts'
import { startTestService, type TestService } from '../../../../http/support.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.close())

const ACCOUNTS = `Id,IsDeleted,MasterRecordId,Name,Website,CreatedDate
001R01,false,,Aster,aster.example.com,2023-01-01T00:00:00Z
001R02,DELETED,001R01,Aster Inc (duplicate),aster.example.com,2023-02-01T00:00:00Z
`
const ACTIVITIES = `source_id,kind,occurred_at,account_external_id,initiated_by
1,demo_request,2023-06-01T00:00:00Z,001R02,buyer
2,demo_request,2023-06-02T00:00:00Z,001R01,buyer
`
const OPPORTUNITIES = `external_id,account_external_id,opened_at,closed_at,outcome
KO2,001R02,2023-07-01,2023-09-01,won
KO1,001R01,2023-10-01,2023-12-01,lost
`
const MERGES = {
  kind: 'account-links',
  columns: { account_external_id: 'MasterRecordId', value: 'Id', kind: { constant: 'merge' } },
  where: [{ column: 'MasterRecordId', not_in: [''] }],
  ignore: 'rest',
}

describe('an account that the CRM merged into another', () => {
  it.each(['false', 'true'])('has one timeline with it, under both ids (IsDeleted %s)', async (deleted) => {
    await service.database.pool.query('truncate account, contact, activity, opportunity, identity_change cascade')
    const accounts = ACCOUNTS.replace('DELETED', deleted)
    await importText(service.database, 'accounts', accounts, { mapping: findPreset('salesforce', 'accounts') })
    await importText(service.database, 'activities', ACTIVITIES)
    await importText(service.database, 'opportunities', OPPORTUNITIES)
    await importText(service.database, 'account-links', accounts, { mapping: MERGES })
    for (const id of ['001R01', '001R02']) {
      const answer = await service.call({ method: 'GET', url: `/v1/accounts/by-external-id/${id}/timeline` })
      const { entries } = answer.json() as { entries: readonly { source: string; type: string }[] }
      const facts = entries.filter(({ source }) => source === 'activity' || source === 'opportunity')
      expect([id, facts.filter(({ type }) => type === 'demo_request').length]).toEqual([id, 2])
      expect(JSON.stringify(facts)).toContain('KO1')
      expect(JSON.stringify(facts)).toContain('KO2')
    }
  })
})

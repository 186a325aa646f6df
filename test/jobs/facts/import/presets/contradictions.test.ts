import { describe, expect, it } from 'vitest'
import { presetCases, TIMEOUT } from './preset-cases.ts'

const { run, deals } = presetCases()

describe('an outcome that its columns contradict', () => {
  const HUBSPOT = 'Record ID,Deal Stage,Close Date,Create Date,Associated Company IDs (Primary)'
  const SALESFORCE = 'Id,AccountId,Name,StageName,CloseDate,CreatedDate'
  const GENERIC = 'deal id,company id,status,close date,created date'
  const hubspot = (stage: string) => `1,${stage},2024-03-01 10:00,2024-01-01 10:00,9`
  const salesforce = (stage: string) => `006A,001A,One,${stage},2024-03-01,2024-01-01T10:00:00Z`
  const generic = (status: string) => `1,9,${status},2024-03-01,2024-01-01`
  it.each([
    [
      'hubspot/deals',
      `${HUBSPOT},Is Closed Won`,
      `${hubspot('Closed won')},false`,
      '"Deal Stage" is "Closed won" and "Is Closed Won" is "false"',
    ],
    [
      'hubspot/deals',
      `${HUBSPOT},Is Closed Won`,
      `${hubspot('closedlost')},TRUE`,
      '"Deal Stage" is "closedlost" and "Is Closed Won" is "TRUE"',
    ],
    [
      'hubspot/deals',
      `${HUBSPOT},Is Closed Won,Is Closed Lost`,
      `${hubspot('77')},true,true`,
      '"Is Closed Won" is "true" and "Is Closed Lost" is "true"',
    ],
    [
      'hubspot/deals',
      `${HUBSPOT},Is Deal Closed?,Is Closed Won`,
      `${hubspot('77')},false,true`,
      '"Is Deal Closed?" is "false" and "Is Closed Won" is "true"',
    ],
    [
      'hubspot/deals',
      `${HUBSPOT},Is Deal Closed?`,
      `${hubspot('Closed won')},false`,
      '"Deal Stage" is "Closed won" and "Is Deal Closed?" is "false"',
    ],
    [
      'salesforce/opportunities',
      `${SALESFORCE},IsClosed,IsWon`,
      `${salesforce('Signed')},false,1`,
      '"IsClosed" is "false" and "IsWon" is "1"',
    ],
    [
      'salesforce/opportunities',
      `${SALESFORCE},IsWon`,
      `${salesforce('Closed Won')},0`,
      '"StageName" is "Closed Won" and "IsWon" is "0"',
    ],
    [
      'salesforce/opportunities',
      `${SALESFORCE},IsClosed`,
      `${salesforce('Closed Lost')},false`,
      '"StageName" is "Closed Lost" and "IsClosed" is "false"',
    ],
    ['generic/opportunities', `${GENERIC},is won`, `${generic('Won')},no`, '"status" is "Won" and "is won" is "no"'],
    [
      'generic/opportunities',
      `${GENERIC},is closed,is won`,
      `${generic('Signed')},no,yes`,
      '"is closed" is "no" and "is won" is "yes"',
    ],
  ] as const)('is refused by %s with both named: %s', TIMEOUT, async (preset, header, row, message) => {
    const { byFile } = await run(preset, `${header}\n${row}\n`)
    expect(byFile[0]?.rejections).toMatchObject([
      { reason: 'unmapped_value', first: { message: `a contradiction: ${message}; correct one of them` } },
    ])
    expect(await deals()).toEqual([])
  })

  it.each([
    ['hubspot/deals', `${HUBSPOT},Is Closed Won`, `${hubspot('Closed won')},true`, 'won'],
    ['hubspot/deals', `${HUBSPOT},Is Closed Won`, `${hubspot('Closed lost')},false`, 'lost'],
    ['hubspot/deals', `${HUBSPOT},Is Deal Closed?,Is Closed Won`, `${hubspot('77')},false,`, 'open'],
    ['salesforce/opportunities', `${SALESFORCE},IsClosed,IsWon`, `${salesforce('Signed')},false,`, 'open'],
    ['salesforce/opportunities', `${SALESFORCE},IsClosed,IsWon`, `${salesforce('Closed Lost')},true,true`, 'won'],
    ['generic/opportunities', `${GENERIC},is won`, `${generic('Won')},yes`, 'won'],
  ] as const)(
    'is no contradiction where they agree, or where all flags are there: %s, %s',
    TIMEOUT,
    async (preset, header, row, outcome) => {
      await run(preset, `${header}\n${row}\n`)
      expect((await deals()).at(-1)).toMatchObject({ outcome })
    },
  )
})

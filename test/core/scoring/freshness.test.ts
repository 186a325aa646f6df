import { describe, expect, it } from 'vitest'
import { decideScoring, type ScoresState } from '../../../src/core/scoring/freshness.ts'
import { instantOfEpochMs } from '../../../src/core/base/time.ts'

const at = (text: string) => instantOfEpochMs(Date.parse(text))

const stored = (asOf: string) => ({
  version: 'm-2',
  asOf: at(asOf),
  scoredAt: at('2025-03-10T08:04:00Z'),
  policySha256: 'p',
})
const FRESH: ScoresState = {
  champion: 'm-2',
  hasAccounts: true,
  stored: stored('2025-03-10T08:00:00Z'),
  lastImportFinishedAt: at('2025-03-10T07:59:59.999Z'),
  policySetAt: at('2025-03-10T07:59:59.999Z'),
}
const decide = (changes: Partial<ScoresState> = {}, now = '2025-03-10T23:59:59Z', policy = 'p') =>
  decideScoring({ ...FRESH, ...changes }, at(now), policy)

describe('stored scores are kept', () => {
  it('if they are of today, by the champion, and no import followed', () => {
    expect(decide()).toEqual({ kind: 'fresh' })
    expect(decide({ lastImportFinishedAt: undefined, policySetAt: undefined })).toEqual({ kind: 'fresh' })
  })

  it('while there is no champion or no account', () => {
    expect(decide({ champion: undefined, stored: undefined })).toEqual({ kind: 'no_champion' })
    expect(decide({ hasAccounts: false, stored: undefined })).toEqual({ kind: 'no_accounts' })
  })
})

describe('all accounts are scored again', () => {
  it('from 00:00 UTC of the next day', () => {
    expect(decide({}, '2025-03-11T00:00:00Z')).toMatchObject({ kind: 'score', because: 'new_day' })
  })

  it('when there are no scores, or those of another version', () => {
    expect(decide({ stored: undefined })).toEqual({ kind: 'score', version: 'm-2', because: 'never_scored' })
    expect(decide({ champion: 'm-3' })).toEqual({ kind: 'score', version: 'm-3', because: 'another_champion' })
  })

  it('if a backtest changed the policy of the champion after the facts were read', () => {
    expect(decide({ policySetAt: at('2025-03-10T08:00:00Z') })).toMatchObject({ because: 'another_policy' })
  })

  it('if the policy file changed after the lists were decided', () => {
    expect(decide({}, '2025-03-10T08:05:00Z', 'another')).toMatchObject({ because: 'another_policy' })
  })

  it('when an import ended after the facts were read, even if before the scores were written', () => {
    // Read at 8:00, written at 8:04; what was imported by 8:02 may not have been seen.
    const during = { lastImportFinishedAt: at('2025-03-10T08:02:00Z') }
    expect(decide(during)).toMatchObject({ kind: 'score', because: 'new_facts' })
    expect(decide({ lastImportFinishedAt: at('2025-03-10T20:00:00Z') })).toMatchObject({ because: 'new_facts' })
  })

  it('if scores were stored as of a future day, or an import followed scores as of a later hour', () => {
    expect(decide({ stored: stored('2025-03-12T00:00:00Z') })).toMatchObject({ because: 'new_day' })
    const ahead = { stored: stored('2025-03-10T22:00:00Z'), lastImportFinishedAt: at('2025-03-10T09:00:00Z') }
    expect(decide(ahead)).toMatchObject({ because: 'new_facts' })
  })
})

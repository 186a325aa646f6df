import { describe, expect, it } from 'vitest'
import { combineReports } from '../../src/core/evaluation/report/backtest-proof.ts'
import { reportInputOf } from '../../src/web/report-input.ts'
import { READINESS, refusedReport } from './report-example.ts'

describe('the page of a stored proof', () => {
  it('shows the conditions and leakage findings of each model', () => {
    const leak = {
      column: 'a',
      kind: 'changed_at_close',
      severity: 'warning',
      evidence: 'b',
      figures: {},
      remedy: 'c',
    } as const
    const win = { ...refusedReport(), leakage: [leak] }
    const inMarket = { ...win, model: 'in_market' as const, leakage: [{ ...leak, column: 'd' }] }
    const version = {
      version: 'm-1',
      asOf: '2024-06-01T00:00:00.000000Z',
      specificationSha256: 'f',
      winrateVersion: '1.2.3',
      specifications: { 'win.json': 'a', 'mql-points.json': 'b' },
      champion: null,
    }
    const proofs = { win, inMarket, qualified: null, policyReplay: null, policy: null, readiness: READINESS }
    const input = reportInputOf(combineReports(version, proofs))
    expect(input).toMatchObject({ winrateVersion: '1.2.3', specifications: version.specifications })
    expect(input.models.map(({ model, reasons }) => [model, reasons])).toEqual([
      ['win', win.reasons],
      ['in_market', win.reasons],
    ])
    expect(input.models.map(({ leakage }) => leakage.map(({ column }) => column))).toEqual([['a'], ['d']])
    expect(input.verdict).toBe('refused')
  })
})

import { describe, expect, it } from 'vitest'
import { StoredVerdict, whyNotProven } from '../../../../src/core/evaluation/registry/proof.ts'

const reason = (passed: boolean, sentence: string) => ({ model: 'win' as const, condition: 'c', passed, sentence })

describe('the reasons against a promotion', () => {
  it('are the verdict and every unmet condition', () => {
    const reasons = [
      reason(true, 'AUC is above 0.5'),
      reason(false, 'observed / expected is 1.4'),
      reason(false, 'no gain'),
    ]
    expect(whyNotProven('m-1', { verdict: 'not_proven', reasons })).toBe(
      'm-1 is not proven; observed / expected is 1.4; no gain',
    )
    expect(whyNotProven('m-1', { verdict: 'refused', reasons: [reason(false, '31 won, 40 needed')] })).toBe(
      'm-1 is refused by its backtest; 31 won, 40 needed',
    )
  })

  it('are a missing backtest', () => {
    expect(whyNotProven('m-1', undefined)).toBe('m-1 was never backtested')
  })

  it('are empty if the version is proven', () => {
    expect(whyNotProven('m-1', { verdict: 'proven', reasons: [reason(true, 'all well')] })).toBeUndefined()
  })
})

describe('the verdict of a stored proof', () => {
  const passed = { passed: true, sentence: 'ROC AUC: 0.7' }
  const failed = { passed: false, sentence: 'calibration slope: 0.5' }
  const expected = {
    verdict: 'not_proven',
    reasons: [
      { model: 'win', condition: 'roc_auc', ...passed },
      { model: 'in_market', condition: 'calibration_slope', ...failed },
    ],
  }

  it('holds the reasons of both models', () => {
    const proof = {
      verdict: 'not_proven',
      win: { reasons: [{ condition: 'roc_auc', ...passed, counts: {} }] },
      in_market: { reasons: [{ condition: 'calibration_slope', ...failed }] },
    }
    expect(StoredVerdict.parse(proof)).toEqual(expected)
    expect(StoredVerdict.parse({ ...proof, in_market: null }).reasons).toEqual(expected.reasons.slice(0, 1))
  })

  it('is read from the format winrate-backtest/1 too', () => {
    const reasons = [
      { condition: 'win: roc_auc', ...passed },
      { condition: 'in_market: calibration_slope', ...failed },
    ]
    expect(StoredVerdict.parse({ format: 'winrate-backtest/1', verdict: 'not_proven', reasons })).toEqual(expected)
  })
})

import { describe, expect, it } from 'vitest'
import { whyNotProven } from '../../../../src/core/evaluation/registry/proof.ts'

const reason = (passed: boolean, sentence: string) => ({ condition: 'c', passed, sentence })

describe('what keeps a version from being promoted', () => {
  it('is the verdict, with every condition that was not met', () => {
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

  it('is that it was never backtested', () => {
    expect(whyNotProven('m-1', undefined)).toBe('m-1 was never backtested')
  })

  it('is nothing when it is proven', () => {
    expect(whyNotProven('m-1', { verdict: 'proven', reasons: [reason(true, 'all well')] })).toBeUndefined()
  })
})

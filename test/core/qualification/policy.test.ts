import { describe, expect, it } from 'vitest'
import { EXIT_SHARE, Policy, rulesOf } from '../../../src/core/qualification/policy.ts'

const version = { enter: 0.08, stages: [], basis: { enter: 'a capacity', stages: 'none' } }

describe('a policy', () => {
  it('applies to all motions, except for the settings of a motion', () => {
    const policy = Policy.parse({
      qualified_probability: { enter: 0.05, exit: 0.03 },
      capacity_per_month: 20,
      motions: {
        new_business: { takes: 'prospects' },
        expansion: { takes: 'customers', capacity_per_month: null, minimum_stage: 'awareness' },
      },
    })
    const [newBusiness, expansion] = rulesOf(policy, null)
    expect(newBusiness).toMatchObject({ enter: 0.05, exit: 0.03, capacityPerMonth: 20, minimumStage: 'decision' })
    expect(expansion).toMatchObject({ enter: 0.05, capacityPerMonth: null, minimumStage: 'awareness', dwellDays: 10 })
  })

  it('takes the threshold of the champion, and scales the exit threshold with it', () => {
    const [rules] = rulesOf(Policy.parse({ qualified_probability: { enter: 0.05, exit: 0.03 } }), version)
    expect(rules?.enter).toBe(0.08)
    expect(rules?.exit).toBeCloseTo(0.048, 12)
    const none = rulesOf(Policy.parse({ qualified_probability: { enter: 0.05 } }), { ...version, enter: null })
    expect(none[0]).toMatchObject({ enter: 0.05, exit: 0.05 * EXIT_SHARE })
  })

  it('whose exit threshold exceeds its enter threshold is refused, also in a motion', () => {
    const threshold = { qualified_probability: { enter: 0.05, exit: 0.06 } }
    const general = Policy.safeParse(threshold)
    expect(general.error?.issues[0]).toMatchObject({ path: ['qualified_probability', 'exit'] })
    expect(general.error?.issues[0]?.message).toContain('0.06')
    const own = { qualified_probability: { enter: 0.05 }, motions: { expansion: { takes: 'customers', ...threshold } } }
    expect(Policy.safeParse(own).error?.issues[0]?.path).toEqual([
      'motions',
      'expansion',
      'qualified_probability',
      'exit',
    ])
  })

  it('allows a dwell of at most 14 days', () => {
    expect(Policy.safeParse({ qualified_probability: { enter: 0.05 }, dwell_days: 15 }).success).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { after, initialState, type MotionState, STATES } from '../../../src/core/qualification/state.ts'
import { decideHandoff, type SalesHandoff } from '../../../src/core/qualification/sales-handoff.ts'
import { type Instant, instantPlusDays } from '../../../src/core/base/time.ts'

const NOW = '2026-03-02T09:30:00.000000Z' as Instant
const PAUSE_DAYS = 90
const listed = (changes: Partial<MotionState> = {}): MotionState => ({
  ...initialState(NOW),
  state: 'qualified',
  ...changes,
})
const decide = (state: MotionState | undefined, work: SalesHandoff | 'claim' | 'contacted' | 'accept', actor = 'Kim') =>
  decideHandoff(state, typeof work === 'string' ? { kind: work } : work, actor, NOW, PAUSE_DAYS)
const REJECT: SalesHandoff = { kind: 'reject', reason: 'no_budget', note: 'Next year' }

describe('a sales handoff', () => {
  it('is refused if the account is on no list', () => {
    for (const state of STATES) {
      const isOn = ['qualified', 'claimed', 'contacted', 'accepted'].includes(state)
      expect(decide(listed({ state }), 'claim').kind === 'refused', state).toBe(!isOn)
    }
    expect(decide(undefined, REJECT)).toEqual({ kind: 'refused', because: 'not_on_the_list' })
  })

  it('is refused while another person works the account', () => {
    const state = listed({ state: 'claimed', owner: 'Lee' })
    for (const work of ['claim', 'contacted', 'accept', REJECT] as const) {
      expect(decide(state, work)).toEqual({ kind: 'refused', because: 'claimed_by_another' })
    }
  })

  it('gives an account without an owner to the person, and advances the state for its owner', () => {
    for (const [work, type, state] of [
      ['claim', 'account.claimed', 'claimed'],
      ['contacted', 'account.contacted', 'contacted'],
      ['accept', 'account.accepted', 'accepted'],
    ] as const) {
      expect(decide(listed(), work)).toEqual({ kind: 'event', type, payload: {} })
      const next = after(listed(), { type, asOf: NOW, actor: 'Kim', payload: {} })
      expect(next).toMatchObject({ state, owner: 'Kim', touchedAt: NOW })
      expect(decide(next, work)).toEqual({ kind: 'unchanged' })
      // It is claimed by being worked.
      expect(decide(next, 'claim')).toEqual({ kind: 'unchanged' })
    }
    expect(decide(listed({ state: 'contacted', owner: 'Kim' }), 'accept')).toMatchObject({ type: 'account.accepted' })
  })

  it('gives an account an owner exactly while it is claimed, contacted or accepted', () => {
    const types = ['qualified', 'disqualified', 'claimed', 'contacted', 'accepted', 'rejected'] as const
    const anyEvents = fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(anyEvents, (happened) => {
        const { state, owner } = happened.reduce(
          (before, type) => after(before, { type: `account.${type}`, asOf: NOW, actor: 'Kim', payload: {} }),
          initialState(NOW),
        )
        expect(owner !== null).toBe(['claimed', 'contacted', 'accepted'].includes(state))
      }),
    )
  })

  it('as a rejection records the reason and the end of the pause, once', () => {
    const until = instantPlusDays(NOW, PAUSE_DAYS)
    const decision = decide(listed({ state: 'claimed', owner: 'Kim' }), REJECT)
    const payload = { reason: 'no_budget', note: 'Next year', paused_until: until }
    expect(decision).toEqual({ kind: 'event', type: 'account.rejected', payload })
    const paused = after(listed(), { type: 'account.rejected', asOf: NOW, actor: 'Kim', payload })
    expect(paused).toMatchObject({ state: 'qualified', owner: null, pausedUntil: until })
    expect(decide(paused, REJECT, 'Lee')).toEqual({ kind: 'unchanged' })
    expect(decide(paused, 'claim')).toEqual({ kind: 'refused', because: 'paused' })
    expect(decide({ ...paused, pausedUntil: NOW }, 'claim')).toMatchObject({ type: 'account.claimed' })
    const withoutNote = decide(listed(), { kind: 'reject', reason: 'other' })
    expect(withoutNote).toMatchObject({ payload: { note: null } })
  })
})

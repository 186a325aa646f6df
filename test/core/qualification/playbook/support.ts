import { readFileSync } from 'node:fs'
import { decideAll, type AccountTransition } from '../../../../src/core/qualification/evaluate-policy.ts'
import { playbookDecider, type Outlook } from '../../../../src/core/qualification/playbook/decide-actions.ts'
import { historyAfter } from '../../../../src/core/qualification/playbook/history.ts'
import type { Account, History } from '../../../../src/core/qualification/playbook/evaluate-rules.ts'
import { Playbook } from '../../../../src/core/qualification/playbook/playbook.ts'
import type { Group, PersonToReach, Situation } from '../../../../src/core/qualification/playbook/situation.ts'
import { BUYING_ROLES } from '../../../../src/core/facts/import/kinds.ts'
import type { NewEvent } from '../../../../src/core/qualification/event-types.ts'
import { type Instant, instantPlusDays } from '../../../../src/core/base/time.ts'
import { NO_FACTS, policyOf, scoreOf } from '../support.ts'
import type { Policy } from '../../../../src/core/qualification/policy.ts'
import type { MotionState } from '../../../../src/core/qualification/state.ts'

export const START = '2026-03-01T00:00:00.000000Z' as Instant
export const day = (days: number) => instantPlusDays(START, days)

export const defaultText = readFileSync(new URL('../../../../models/playbook.json', import.meta.url), 'utf8')
export const defaultPlaybook = Playbook.parse(JSON.parse(defaultText))

type Role = (typeof BUYING_ROLES)[number]
type RoleState = Group['roles'][number]['state']

/** Everybody is known and active, and may be contacted, but for what is said. */
export function groupOf(states: Partial<Record<Role, RoleState>> = {}): Group {
  const roles = BUYING_ROLES.map((role) => ({ role, state: states[role] ?? ('engaged' as const) }))
  const people = roles.filter(({ state }) => state !== 'missing').map(({ role }) => personOf(role))
  return { roles, people_to_reach: people }
}

export function personOf(role: Role): PersonToReach {
  return {
    contact_external_id: `p-${role}`,
    name: `Kim ${role.replaceAll('_', ' ')}`,
    title: null,
    buying_role: role,
    why: '3 activities in the last 90 days',
  }
}

export const QUIET: Situation = { topics: [], businessEvents: [], buyerActivities: [], reach: [] }

/** An account of grade B that nobody has anything to do for. */
export function accountOf(
  changes: Partial<Omit<Account, 'standing'>> & { standing?: Partial<Account['standing']> } = {},
): Account {
  const { standing, ...others } = changes
  return {
    situation: QUIET,
    group: groupOf(),
    states: [],
    holds: { excludedBy: [], inControlGroup: false, pausedUntil: null },
    history: new Map(),
    asOf: START,
    ...others,
    standing: {
      accountName: 'Acme',
      stage: 'target',
      hasOpenOpportunity: false,
      isCustomer: false,
      grades: { account_fit: 'B', contact_fit: 'B', engagement: 'B', intent: 'B' },
      fit: 'moderate',
      intent: 'moderate',
      ...standing,
    },
  }
}

export interface Seen {
  readonly asOf: Instant
  readonly score?: Parameters<typeof scoreOf>[1]
  readonly outlook?: Partial<Outlook>
  readonly excludedBy?: readonly string[]
  readonly states?: AccountTransition['before']
  readonly policy?: Policy
  readonly gone?: boolean
}

/** One account that is decided upon again and again, as the database does it. */
export function followed(first: Playbook = defaultPlaybook) {
  let playbook = first
  let history: History = new Map()
  return {
    history: () => history,
    follow(next: Playbook) {
      playbook = next
    },
    /** @returns the events of actions */
    see({
      asOf,
      score,
      outlook,
      excludedBy = [],
      states = new Map(),
      policy = policyOf(),
      gone,
    }: Seen): readonly NewEvent[] {
      const known: Outlook = { situation: QUIET, group: groupOf(), ...outlook }
      const { events } = decideAll({
        accounts: [
          {
            accountId: 1,
            states,
            stage: null,
            previous: null,
            score: gone ? null : scoreOf(0.01, score),
            facts: { ...NO_FACTS, excludedBy },
          },
        ],
        rules: [],
        holdout: policy.holdout,
        scoreStep: policy.score_step,
        asOf,
        enteredThisMonth: new Map(),
        deciders: [playbookDecider(playbook, new Map([[1, known]]), new Map([[1, history]]))],
      })
      const actions = events.filter(({ type }) => type.startsWith('action.'))
      history = historyAfter(actions, history)
      return actions
    },
  }
}

export const said = (events: readonly NewEvent[]) =>
  events.map(({ type, payload }) => [type, payload['rule'], ...('because' in payload ? [payload['because']] : [])])

export function stateWith(changes: Partial<MotionState>): ReadonlyMap<string, MotionState> {
  const state: MotionState = {
    state: 'none',
    since: START,
    enteredAt: null,
    leftAt: null,
    touchedAt: null,
    owner: null,
    pausedUntil: null,
    opportunity: null,
    group: null,
    groupUntil: null,
    ...changes,
  }
  return new Map([['new_business', state]])
}

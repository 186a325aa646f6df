import type { Kysely } from 'kysely'
import type { Lookback } from '../../core/features/compile.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import { engagedDays } from '../../core/scoring/people/people-specification.ts'
import { playbookDays } from '../../core/qualification/playbook/check-names.ts'
import { type Outlook, playbookDecider, standingOf } from '../../core/qualification/playbook/decide-actions.ts'
import { historyAfter } from '../../core/qualification/playbook/history.ts'
import { type History, mayFire, standsAt, type Triggered } from '../../core/qualification/playbook/evaluate-rules.ts'
import type { Playbook } from '../../core/qualification/playbook/playbook.ts'
import { situationOf } from '../../core/qualification/playbook/situation.ts'
import type { AccountFacts } from '../../core/qualification/account-facts.ts'
import type { Decider } from '../../core/qualification/evaluate-policy.ts'
import type { NewEvent } from '../../core/qualification/event-types.ts'
import type { LoadedModel } from '../../core/scoring/artifact/model-artifact.ts'
import type { PublishedScore } from '../../core/scoring/published-score.ts'
import type { Instant } from '../../core/base/time.ts'
import {
  listAccountsWithActions,
  listActionEvents,
  listHistories,
  writeHistories,
} from '../../store/qualification/actions.ts'
import { appendEvents } from '../../store/delivery/events.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { listBuyingGroups, peopleSpecificationOf } from './buying-groups.ts'

export interface SeenAccount {
  readonly accountId: number
  readonly score: PublishedScore
  readonly snapshot: AccountSnapshot
  readonly facts: AccountFacts
}

/** Reads what the playbook's rules need of these accounts. Buying groups are read only where a rule may fire or an action is open. */
export async function readOutlooks(
  db: Kysely<Database>,
  model: LoadedModel,
  playbook: Playbook,
  accounts: readonly SeenAccount[],
  asOf: Instant,
): Promise<ReadonlyMap<number, Outlook>> {
  const withActions = await listAccountsWithActions(
    db,
    accounts.map(({ accountId }) => accountId),
    asOf,
  )
  const seen = accounts.map((account) => ({ ...account, situation: situationOf(account.snapshot, playbook) }))
  const wanted = seen.filter(
    ({ accountId, score, facts, situation }) =>
      withActions.has(accountId) || mayFire(playbook, standingOf(score, facts), situation),
  )
  const groups = await listBuyingGroups(
    db,
    model,
    wanted.map(({ snapshot }) => snapshot),
    asOf,
  )
  const groupOf = new Map(wanted.map(({ accountId }, index) => [accountId, groups[index] ?? null]))
  return new Map(
    seen.map(({ accountId, situation }) => {
      const group = groupOf.get(accountId) ?? null
      // Kept small: a run over all accounts holds one group per account.
      const kept = group && { roles: group.roles, people_to_reach: group.people_to_reach }
      return [accountId, { situation, group: kept }]
    }),
  )
}

/** Extends a lookback to the days that the playbook needs. */
export function lookingBackForPlaybook(model: LoadedModel, lookback: Lookback, playbook: Playbook): Lookback {
  const days = playbookDays(playbook)
  const engaged = engagedDays(peopleSpecificationOf(model))
  return {
    ...lookback,
    activityDays: Math.max(lookback.activityDays, days.activityDays, engaged),
    intentDays: Math.max(lookback.intentDays, days.intentDays),
    businessEventDays: Math.max(lookback.businessEventDays, days.businessEventDays),
  }
}

export interface OpenPlaybook {
  /** Triggers and ends actions by an account's new score. */
  readonly decide: Decider
  /** Stores the histories after these events. */
  close(events: readonly NewEvent[]): Promise<void>
}

/** The playbook for a scoring run, in its transaction and after it has acquired its locks. */
export async function openPlaybook(
  transaction: Kysely<Database>,
  playbook: Playbook,
  outlooks: ReadonlyMap<number, Outlook>,
  accountIds: readonly number[],
): Promise<OpenPlaybook> {
  const histories = await listHistories(transaction, accountIds)
  return {
    decide: playbookDecider(playbook, outlooks, histories),
    close: async (events) => {
      const byAccount = Map.groupBy(events, ({ accountId }) => accountId ?? 0)
      const changed = [...byAccount].flatMap(([accountId, own]) => {
        const before = histories.get(accountId) ?? new Map<string, Triggered>()
        return changesOf(before, historyAfter(own, before)).map((triggered) => ({ accountId, triggered }))
      })
      await writeHistories(transaction, changed)
    },
  }
}

function changesOf(before: History, now: History): readonly Triggered[] {
  return [...now.values()].filter((triggered) => before.get(triggered.action.rule) !== triggered)
}

/** The open actions of an account as stored at an instant, the next action first. */
export async function listActionsAt(
  db: Kysely<Database>,
  accountId: number,
  at: Instant,
): Promise<readonly Triggered[]> {
  return standing(historyAfter(await listActionEvents(db, accountId, at)), at)
}

/** The open actions of these accounts, the next action first. */
export async function listActions(
  db: Kysely<Database>,
  accountIds: readonly number[],
  now: Instant,
): Promise<ReadonlyMap<number, readonly Triggered[]>> {
  const histories = await listHistories(db, accountIds)
  return new Map([...histories].map(([accountId, history]) => [accountId, standing(history, now)]))
}

function standing(history: History, at: Instant): readonly Triggered[] {
  return [...history.values()]
    .filter((triggered) => standsAt(triggered, at))
    .toSorted(({ action: one }, { action: other }) => one.priority - other.priority || (one.rule < other.rule ? -1 : 1))
}

/** Ends the open actions in a sales handoff's transaction, which holds the lock on the account's states. */
export async function endActions(
  transaction: Kysely<Database>,
  { accountId, ...about }: Pick<NewEvent, 'modelVersion' | 'actor' | 'asOf'> & { readonly accountId: number },
  because: string,
): Promise<void> {
  const history = (await listHistories(transaction, [accountId])).get(accountId) ?? new Map<string, Triggered>()
  const events = standing(history, about.asOf).map(
    ({ action }): NewEvent => ({
      ...about,
      type: 'action.ended',
      accountId,
      motion: null,
      payload: { rule: action.rule, because, action },
    }),
  )
  if (events.length === 0) return
  await appendEvents(transaction, events)
  const changed = changesOf(history, historyAfter(events, history))
  await writeHistories(
    transaction,
    changed.map((triggered) => ({ accountId, triggered })),
  )
}

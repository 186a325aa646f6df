import type { Kysely } from 'kysely'
import { scorePayload } from '../../core/qualification/decide.ts'
import { type Policy, rulesOf } from '../../core/qualification/policy.ts'
import { after, isOnTheList, type MotionState } from '../../core/qualification/state.ts'
import { decideHandoff, type SalesHandoff, type HandoffRefusal } from '../../core/qualification/sales-handoff.ts'
import { appendEvents } from '../../store/delivery/events.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { readClock } from '../../store/database/read-clock.ts'
import { listScoresAt } from '../../store/scoring/score-history.ts'
import { lockStates, writeStates } from '../../store/qualification/motion-states.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import { moveInSegments } from './segment-membership.ts'
import { endActions } from './playbook.ts'

export interface HandoffRequest {
  readonly accountId: number
  readonly work: SalesHandoff
  /** The person. */
  readonly actor: string
  /** Default: the motion whose list the account is on. */
  readonly motion?: string | undefined
}

export type HandoffOutcome =
  | { readonly kind: 'done' | 'unchanged'; readonly motion: string; readonly state: MotionState }
  | { readonly kind: 'refused'; readonly because: HandoffRefusal; readonly owner: string | null }

/**
 * Records that a person claims, contacts, accepts or rejects an account, in the caller's transaction if there is one. Of two
 * concurrent claims the second waits for the first and is refused with the owner.
 */
export async function recordHandoff(
  db: Kysely<Database>,
  policy: Policy,
  request: HandoffRequest,
): Promise<HandoffOutcome> {
  const { accountId, work, actor } = request
  return await inTransaction(db, async (transaction): Promise<HandoffOutcome> => {
    const states = (await lockStates(transaction, [accountId])).get(accountId) ?? new Map<string, MotionState>()
    const motion = request.motion ?? [...states].find(([, one]) => isOnTheList(one))?.[0]
    const state = motion === undefined ? undefined : states.get(motion)
    // Read after the lock, so that instants follow the order of the transactions.
    const now = await readClock(transaction)
    const rules = rulesOf(policy, null).find((own) => own.motion === motion)
    const pauseDays = rules?.rejectionPauseDays ?? policy.rejection_pause_days
    const decision = decideHandoff(state, work, actor, now, pauseDays)
    if (decision.kind === 'refused') return { ...decision, owner: state?.owner ?? null }
    if (motion === undefined || state === undefined) throw new Error('an account on no list cannot be worked')
    if (decision.kind === 'unchanged') return { kind: 'unchanged', motion, state }
    const [stored] = await listScoresAt(transaction, [accountId], now)
    const score = stored?.score ?? null
    const event = {
      type: decision.type,
      accountId,
      motion,
      asOf: now,
      modelVersion: score?.model_version ?? null,
      actor,
      payload: { ...scorePayload(score), ...decision.payload, by: actor },
    }
    const next = after(state, event)
    await writeStates(transaction, [{ accountId, motion, state: next }])
    await appendEvents(transaction, [event])
    if (decision.type === 'account.rejected') {
      await endActions(transaction, { accountId, modelVersion: event.modelVersion, actor, asOf: now }, 'rejected')
    }
    await moveInSegments(transaction, policy, accountId, now)
    return { kind: 'done', motion, state: next }
  })
}

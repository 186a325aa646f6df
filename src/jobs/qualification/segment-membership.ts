import type { Kysely } from 'kysely'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
import type { Lookback } from '../../core/features/compile.ts'
import { CUSTOMER_DAYS, factsOf } from '../../core/qualification/account-facts.ts'
import type { Decider } from '../../core/qualification/evaluate-policy.ts'
import type { NewEvent } from '../../core/qualification/event-types.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import { isInControlGroup, type MotionState } from '../../core/qualification/state.ts'
import type { SegmentSubject } from '../../core/qualification/segments/fields.ts'
import { asksForStates } from '../../core/qualification/segments/matches.ts'
import { type CompiledSegment, compileSegment, segmentMoves } from '../../core/qualification/segments/moves.ts'
import { storedNames } from '../../core/qualification/segments/segment.ts'
import type { Instant } from '../../core/base/time.ts'
import { appendEvents } from '../../store/delivery/events.ts'
import { listSnapshots } from '../../store/features/account-snapshots.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { withExclusiveWork } from '../../store/scoring/score-freshness.ts'
import { readClock } from '../../store/database/read-clock.ts'
import {
  listAccountsToEvaluate,
  listMemberships,
  listScoresOf,
  writeMoves,
} from '../../store/qualification/segment-members.ts'
import {
  hasChangedSegments,
  listRevisions,
  markEvaluated,
  type SegmentRevision,
} from '../../store/qualification/segments.ts'
import { inLongTransaction } from '../../store/database/snapshot-transaction.ts'
import { lockStates, type StatesByAccount } from '../../store/qualification/motion-states.ts'
import { lockScores } from '../../store/scoring/write-scores.ts'
import { loadChampion } from '../registry/champion.ts'

export interface OpenSegments {
  /** The segments that an account enters and leaves with its new score. */
  readonly decide: Decider
  /** Stores the moves among these events. @param hasEverybody whether all accounts were decided */
  close(events: readonly NewEvent[], hasEverybody: boolean): Promise<void>
}

const NOWHERE: ReadonlySet<string> = new Set()
const EMPTY: ReadonlyMap<number, ReadonlySet<string>> = new Map()

/**
 * The current segments for a scoring run, in its transaction and after it has acquired its locks.
 * @param accountIds null: all accounts
 */
export async function openSegments(
  transaction: Kysely<Database>,
  policy: Policy,
  accountIds: readonly number[] | null,
): Promise<OpenSegments> {
  const revisions = await listRevisions(transaction)
  const segments = compileAll(revisions, policy)
  const members = revisions.length === 0 ? EMPTY : await listMemberships(transaction, accountIds)
  return {
    decide: ({ input, after, inControlGroup, asOf }) => {
      const { accountId, score, previous, facts } = input
      const subject = score && subjectOf(score, after, facts, inControlGroup)
      const memberOf = members.get(accountId) ?? NOWHERE
      const isModelChanged = score !== null && previous !== null && score.model_version !== previous.version
      return segmentMoves({ accountId, subject, memberOf, isModelChanged, asOf }, segments)
    },
    close: async (events, hasEverybody) => {
      await writeMoves(transaction, events)
      if (hasEverybody) await markEvaluated(transaction, revisions)
    },
  }
}

function compileAll(revisions: readonly SegmentRevision[], policy: Policy): readonly CompiledSegment[] {
  const definitions = revisions.flatMap(({ definition }) => (definition ? [definition] : []))
  const names = storedNames(definitions, Object.keys(policy.motions))
  return revisions.map(({ name, definition, revision, evaluatedRevision }) =>
    compileSegment({ name, definition, isChanged: revision !== evaluatedRevision }, names),
  )
}

function subjectOf(
  score: SegmentSubject['score'],
  states: ReadonlyMap<string, MotionState>,
  { attributes, isCustomer }: Pick<SegmentSubject, 'attributes' | 'isCustomer'>,
  inControlGroup: boolean,
): SegmentSubject {
  return { score, states, attributes, isCustomer, inControlGroup }
}

/** Evaluates the segments that filter by state again, in a sales handoff's transaction, which holds the lock on the account's states. */
export async function moveInSegments(
  transaction: Kysely<Database>,
  policy: Policy,
  accountId: number,
  asOf: Instant,
): Promise<void> {
  const revisions = (await listRevisions(transaction)).filter(
    ({ definition }) => definition !== null && asksForStates(definition.filter),
  )
  if (revisions.length === 0) return
  const states = await lockStates(transaction, [accountId])
  await moveAll(transaction, policy, revisions, { accountIds: [accountId], states, asOf })
}

interface Evaluated {
  readonly accountIds: readonly number[]
  readonly states: StatesByAccount
  readonly asOf: Instant
}

/** Evaluates segments for accounts by their stored scores. @returns the number of moves */
async function moveAll(
  transaction: Kysely<Database>,
  policy: Policy,
  revisions: readonly SegmentRevision[],
  { accountIds, states, asOf }: Evaluated,
): Promise<number> {
  const segments = compileAll(revisions, policy)
  const scores = await listScoresOf(transaction, accountIds)
  const members = await listMemberships(transaction, accountIds)
  const precedence = (await loadChampion(transaction))?.featureSet.lookback.sourcePrecedence ?? []
  const snapshots = await listSnapshots(
    transaction,
    accountIds.map((accountId) => ({ accountId, asOf })),
    attributesOnly(precedence),
  )
  const events = accountIds.flatMap((accountId, index) => {
    const own = states.get(accountId) ?? new Map<string, MotionState>()
    const score = scores.get(accountId)
    const snapshot = snapshots[index]
    const inControlGroup = policy.holdout.share > 0 && [...own.values()].some((state) => isInControlGroup(state, asOf))
    const subject =
      score && snapshot ? subjectOf(score, own, factsOf(snapshot, policy, precedence), inControlGroup) : null
    const memberOf = members.get(accountId) ?? NOWHERE
    return segmentMoves({ accountId, subject, memberOf, isModelChanged: false, asOf }, segments)
  })
  await appendEvents(transaction, events)
  await writeMoves(transaction, events)
  return events.length
}

/** A lookback for attributes and customer status; without what only scores need. */
function attributesOnly(sourcePrecedence: readonly string[]): Lookback {
  const none = { activityDays: 0, intentDays: 0, businessEventDays: 0, latestKinds: false }
  return { ...none, customerEventDays: CUSTOMER_DAYS, sourcePrecedence }
}

const BATCH_ACCOUNTS = 500

export interface EvaluatedSegments {
  readonly segments: readonly string[]
  readonly accounts: number
  readonly moves: number
}

/**
 * Evaluates the segments that were created, changed or deleted since the last evaluation, for all accounts by their stored scores. It
 * works in batches, so that a claim of an account does not wait long. After an interruption it starts again from the first account.
 * @returns undefined when no segment has changed or another process evaluates them
 */
export async function evaluateChangedSegments(
  db: Kysely<Database>,
  policy: Policy,
  signal?: AbortSignal,
): Promise<EvaluatedSegments | undefined> {
  if (!(await hasChangedSegments(db))) return undefined
  const done = await withExclusiveWork(db, 'winrate.evaluate-segments', async (): Promise<EvaluatedSegments> => {
    const changed = (await listRevisions(db)).filter(
      ({ revision, evaluatedRevision }) => revision !== evaluatedRevision,
    )
    const names = new Set(changed.map(({ name }) => name))
    let accounts = 0
    let moves = 0
    for (let after = 0; ; ) {
      signal?.throwIfAborted()
      const batch = await inLongTransaction(db, async (transaction) => {
        await lockScores(transaction)
        const accountIds = await listAccountsToEvaluate(transaction, after, BATCH_ACCOUNTS)
        const states = await lockStates(transaction, accountIds)
        // The current revisions: a segment that changed again meanwhile is evaluated again in the next round.
        const revisions = (await listRevisions(transaction)).filter(({ name }) => names.has(name))
        const asOf = await readClock(transaction)
        return { accountIds, moves: await moveAll(transaction, policy, revisions, { accountIds, states, asOf }) }
      })
      accounts += batch.accountIds.length
      moves += batch.moves
      after = batch.accountIds.at(-1) ?? after
      if (batch.accountIds.length < BATCH_ACCOUNTS) break
    }
    await db.transaction().execute((transaction) => markEvaluated(transaction, changed))
    return { segments: [...names], accounts, moves }
  })
  return done?.result
}

export interface SegmentLoopOptions extends PollOptions {
  readonly policy: Policy
  readonly onEvaluated: (evaluated: EvaluatedSegments) => void
}

/** Evaluates changed segments until the signal aborts. */
export async function segmentLoop(db: Kysely<Database>, options: SegmentLoopOptions): Promise<void> {
  await pollLoop(async () => {
    const evaluated = await evaluateChangedSegments(db, options.policy, options.signal)
    if (evaluated) options.onEvaluated(evaluated)
    return undefined
  }, options)
}

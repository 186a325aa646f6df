import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import { epochMsOf } from '../../core/base/time.ts'
import { toEventMessage } from '../../core/delivery/webhooks/event-message.ts'
import { afterAttempt, type NextStep } from '../../core/delivery/webhooks/schedule.ts'
import { signedHeaders } from '../../core/delivery/webhooks/sign.ts'
import type { TargetRules } from '../../core/delivery/webhooks/target.ts'
import {
  claimDeliveries,
  type ClaimedDelivery,
  listEndpointsBehind,
  listEndpointsDue,
  makeDeliveries,
  noteFailing,
  removeOldDeliveries,
  settleDelivered,
  settleFailed,
} from '../../store/delivery/delivery-queue.ts'
import { removeOldRefusals } from '../../store/access/audit.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { disableEndpoint } from '../../store/delivery/webhooks.ts'
import { type SendOptions, sendWebhook } from './outbound-request.ts'

/** Of one endpoint, sent at the same time by one worker. */
const AT_ONCE = 8
const TIMEOUT_MS = 15_000
/** Above the timeout and the time to note what came of it: what is not settled by then was in hands that are dead. */
const LEASE_SLACK_MS = 15_000
const CLEANING_MS = 3_600_000

export interface Delivered {
  readonly endpointId: string
  readonly messageId: string
  readonly attempts: number
  readonly next: NextStep
}

export interface DeliverOptions extends Partial<Omit<SendOptions, 'rules'>> {
  readonly pollMs: number
  readonly rules: TargetRules
  readonly leaseMs?: number
  /** Takes no more when aborted; what is under way is finished. */
  readonly signal: AbortSignal
  readonly onAttempt: (delivered: Delivered) => void
  /** What failed on our side is tried again. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Sends the events of the feed to the endpoints that want them, until told to stop: at least once each, under an id that stays
 * the same. Any number of workers may. Each endpoint has a lane of its own, so none waits for another.
 */
export async function keepDelivering(db: Kysely<Database>, options: DeliverOptions): Promise<void> {
  const { pollMs, signal, onFailure } = options
  const lanes = new Map<string, Promise<void>>()
  let cleanedAt = Number.NEGATIVE_INFINITY
  let hasMore = false
  while (!signal.aborted) {
    try {
      // One slice each, so that an endpoint far behind holds up none that is not.
      hasMore = false
      for (const endpointId of await listEndpointsBehind(db)) {
        if (await makeDeliveries(db, endpointId)) hasMore = true
      }
      for (const endpointId of await listEndpointsDue(db)) {
        if (lanes.has(endpointId)) continue
        const lane = runLane(db, endpointId, options)
          .catch(onFailure)
          .finally(() => lanes.delete(endpointId))
        lanes.set(endpointId, lane)
      }
      if (performance.now() - cleanedAt > CLEANING_MS) {
        cleanedAt = performance.now()
        await removeOldDeliveries(db)
        await removeOldRefusals(db)
      }
    } catch (error) {
      hasMore = false
      if (!signal.aborted) onFailure(error)
    }
    if (!hasMore) await wait(pollMs, undefined, { signal }).catch(() => undefined)
  }
  await Promise.all(lanes.values())
}

/** Sends what is due to one endpoint, until nothing is. */
async function runLane(db: Kysely<Database>, endpointId: string, options: DeliverOptions): Promise<void> {
  const { timeoutMs = TIMEOUT_MS, leaseMs = timeoutMs + LEASE_SLACK_MS } = options
  while (!options.signal.aborted) {
    const claimed = await claimDeliveries(db, endpointId, { limit: AT_ONCE, leaseSeconds: leaseMs / 1000 })
    if (claimed.length === 0) return
    const outcomes = await Promise.allSettled(claimed.map((claim) => deliver(db, claim, options)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') options.onFailure(outcome.reason)
  }
}

async function deliver(db: Kysely<Database>, claim: ClaimedDelivery, options: DeliverOptions): Promise<void> {
  const { timeoutMs = TIMEOUT_MS, onAttempt } = options
  const attempt = await sendWebhook(claim.url, postOf(claim), { ...options, timeoutMs })
  const failed = attempt.kind === 'failed' || attempt.status < 200 || attempt.status > 299
  const failingSeconds = failed ? await noteFailing(db, claim.endpointId) : 0
  const next = afterAttempt(attempt, { attempts: claim.attempts, failingSeconds }, Math.random())
  const status = attempt.kind === 'answered' ? attempt.status : null
  if (next.kind === 'delivered') await settleDelivered(db, claim, status ?? 0)
  else {
    const problem = attempt.kind === 'failed' ? attempt.problem : null
    await settleFailed(db, claim, { status, problem, ...next })
    if (next.disable !== null) await disableEndpoint(db, claim.endpointId, next.disable)
  }
  onAttempt({ endpointId: claim.endpointId, messageId: claim.messageId, attempts: claim.attempts, next })
}

/** The body is made anew from the event, which never changes: each attempt sends the same bytes. */
function postOf({ event, messageId: id, secrets, claimedAt }: ClaimedDelivery) {
  const body = JSON.stringify(toEventMessage(event))
  const timestamp = Math.floor(epochMsOf(claimedAt) / 1000)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Winrate-Webhooks/1',
    ...signedHeaders(secrets, { id, timestamp, body }),
  }
  return { headers, body }
}

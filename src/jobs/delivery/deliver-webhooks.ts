import type { Kysely } from 'kysely'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
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

/** Webhooks that one worker sends to one endpoint at a time. */
const MOST_CONCURRENT = 8
const TIMEOUT_MS = 15_000
/** Time to store the result after the timeout. A delivery that is not settled by then belonged to a worker that died. */
const LEASE_SLACK_MS = 15_000
const CLEANUP_INTERVAL_MS = 3_600_000

export interface Delivered {
  readonly endpointId: string
  readonly messageId: string
  readonly attempts: number
  readonly next: NextStep
}

export interface DeliverOptions extends PollOptions, Partial<Omit<SendOptions, 'rules'>> {
  readonly rules: TargetRules
  readonly leaseMs?: number
  readonly onAttempt: (delivered: Delivered) => void
}

/**
 * Sends the events of the feed to the endpoints that subscribe to them, at least once each and always under the same id, until the
 * signal aborts. Any number of workers may run it. Each endpoint has its own lane, so a slow endpoint delays no other.
 */
export async function deliveryLoop(db: Kysely<Database>, options: DeliverOptions): Promise<void> {
  const { onFailure } = options
  const lanes = new Map<string, Promise<void>>()
  let cleanedAt = Number.NEGATIVE_INFINITY
  await pollLoop(async () => {
    let hasMore = false
    // One slice each: an endpoint that is far behind must not delay the others.
    for (const endpointId of await listEndpointsBehind(db)) {
      if (await makeDeliveries(db, endpointId)) hasMore = true
    }
    for (const endpointId of await listEndpointsDue(db)) {
      if (lanes.has(endpointId)) continue
      const lane = deliverDue(db, endpointId, options)
        .catch(onFailure)
        .finally(() => lanes.delete(endpointId))
      lanes.set(endpointId, lane)
    }
    if (performance.now() - cleanedAt > CLEANUP_INTERVAL_MS) {
      cleanedAt = performance.now()
      await removeOldDeliveries(db)
      await removeOldRefusals(db)
    }
    return hasMore ? 'again' : undefined
  }, options)
  await Promise.all(lanes.values())
}

/** Sends an endpoint's due deliveries until none is left. */
async function deliverDue(db: Kysely<Database>, endpointId: string, options: DeliverOptions): Promise<void> {
  const { timeoutMs = TIMEOUT_MS, leaseMs = timeoutMs + LEASE_SLACK_MS } = options
  while (!options.signal.aborted) {
    const claimed = await claimDeliveries(db, endpointId, { limit: MOST_CONCURRENT, leaseSeconds: leaseMs / 1000 })
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

/** An event never changes, so every attempt sends the same body. */
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

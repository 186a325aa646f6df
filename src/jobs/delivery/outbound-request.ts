import { Resolver } from 'node:dns/promises'
import { type Attempt, readRetryAfter } from '../../core/delivery/webhooks/schedule.ts'
import { checkTarget, refusalOfAddress, type Target, type TargetRules } from '../../core/delivery/webhooks/target.ts'
import { type Answered, dialWebhook, type PinnedTarget, type Post } from './pinned-request.ts'

export interface SendOptions {
  readonly rules: TargetRules
  /** Covers name resolution, connection and the whole answer. */
  readonly timeoutMs: number
  /** Returns every address of a host name. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>
  readonly dial?: (target: PinnedTarget, post: Post, signal: AbortSignal) => Promise<Answered>
}

export type Sent =
  | { readonly kind: 'answered'; readonly answered: Answered; readonly retryAfterSeconds: number | null }
  | { readonly kind: 'failed'; readonly problem: string }

/**
 * Posts to a URL that a customer chose, unless it leads into our own network. The host name is resolved once, each of its addresses
 * must be public, and the connection is made to one of them, so DNS rebinding has no effect. Never throws.
 */
export async function sendOutside(url: string, post: Post, options: SendOptions): Promise<Sent> {
  const { rules, timeoutMs, resolve = resolveName, dial = dialWebhook } = options
  const target = checkTarget(url, rules)
  if (target.kind === 'refused') return { kind: 'failed', problem: `not sent: the URL ${target.reason}` }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const pinned = target.address === null ? await pin(target, resolve, signal) : { ...target, address: target.address }
    if (typeof pinned === 'string') return { kind: 'failed', problem: pinned }
    const answered = await dial(pinned, post, signal)
    return { kind: 'answered', answered, retryAfterSeconds: readRetryAfter(answered.retryAfter, answered.date) }
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', problem: `no answer within ${timeoutMs / 1000} s` }
    return { kind: 'failed', problem: `no connection: ${codeOf(error)}` }
  }
}

/** `sendOutside`, reduced to what the retry schedule needs. */
export async function sendWebhook(url: string, post: Post, options: SendOptions): Promise<Attempt> {
  const sent = await sendOutside(url, post, options)
  if (sent.kind === 'failed') return sent
  return { kind: 'answered', status: sent.answered.status, retryAfterSeconds: sent.retryAfterSeconds }
}

/** @returns the target with an address, or the reason why nothing is sent */
async function pin(
  target: Target,
  resolve: (hostname: string) => Promise<readonly string[]>,
  signal: AbortSignal,
): Promise<PinnedTarget | string> {
  const addresses = await untilAborted(resolve(target.hostname), signal)
  const [address] = addresses
  if (address === undefined) return 'not sent: the host name has no address'
  for (const found of addresses) {
    const refusal = refusalOfAddress(found)
    if (refusal !== undefined) return `not sent: the host name resolves to an address that ${refusal}`
  }
  return { ...target, address }
}

async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Not `lookup`: a slow name server would block one of libuv's four threads, and so every endpoint. */
async function resolveName(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 })
  const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)])
  const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  if (found.length === 0 && four.status === 'rejected') throw four.reason
  return found
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason'
}

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Seconds before each attempt, counted from the one before: the example of Standard Webhooks 1.0.0, 75 h 35 min 5 s in all. */
const WAITS = [0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, DAY]
export const MOST_ATTEMPTS = WAITS.length
/** Each wait is up to this share longer or shorter, so that what failed together does not come back together. */
const JITTER = 0.2
/** Nobody can ask for more rest than this at a time. */
const LONGEST_REST = DAY
/** An endpoint where every attempt has failed for this long is disabled. */
const FAILING_SECONDS = 5 * DAY

/** What came of an attempt: an answer, or none. */
export type Attempt =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterSeconds: number | null }
  | { readonly kind: 'failed'; readonly problem: string }

export type NextStep =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed'
      /** Null: it was the last attempt, the delivery is a dead letter. */
      readonly againInSeconds: number | null
      /** For how long the receiver asked to be left alone, all of its deliveries. */
      readonly restSeconds: number | null
      readonly disable: 'gone' | 'failing' | null
    }

export interface AttemptHistory {
  /** This one included. */
  readonly attempts: number
  /** For how long every attempt at this endpoint has failed. */
  readonly failingSeconds: number
}

/**
 * What to do after an attempt. Only 2xx is a success; redirections are not followed, so they are failures. Disabled endpoints
 * keep their deliveries until somebody enables them.
 * @param chance uniform in [0, 1)
 */
export function afterAttempt(attempt: Attempt, history: AttemptHistory, chance: number): NextStep {
  if (attempt.kind === 'answered' && attempt.status >= 200 && attempt.status < 300) return { kind: 'delivered' }
  const rest = attempt.kind === 'answered' ? attempt.retryAfterSeconds : null
  const restSeconds = rest === null ? null : Math.min(rest, LONGEST_REST)
  const isGone = attempt.kind === 'answered' && attempt.status === 410
  const disable = isGone ? 'gone' : history.failingSeconds >= FAILING_SECONDS ? 'failing' : null
  const wait = WAITS[history.attempts]
  const jittered = (wait ?? DAY) * (1 + JITTER * (2 * chance - 1))
  // Of an endpoint that is disabled nothing dies: nobody would try again.
  const isOver = wait === undefined && disable === null
  return { kind: 'failed', againInSeconds: isOver ? null : Math.max(jittered, restSeconds ?? 0), restSeconds, disable }
}

/**
 * The header of RFC 9110 10.2.3: seconds, or a date, which is compared with the answer's own: both are of one clock.
 * @returns seconds from now; null when it says nothing
 */
export function readRetryAfter(header: string | undefined, date: string | undefined): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const [at, now] = [header, date].map((text = '') => (/^[A-Z][a-z]{2}, /.test(text) ? Date.parse(text) : Number.NaN))
  const seconds = ((at ?? Number.NaN) - (now ?? Number.NaN)) / 1000
  return Number.isNaN(seconds) ? null : Math.max(0, seconds)
}

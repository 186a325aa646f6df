/** An answer of a CRM. */
export interface CrmAnswer {
  readonly status: number
  readonly retryAfterSeconds: number | null
  readonly body: string
}

export type RecordOutcome =
  | { readonly kind: 'written' }
  /** `again`: it may go better later; else it waits until the account changes. */
  | { readonly kind: 'failed'; readonly status: number | null; readonly problem: string; readonly again: boolean }

export type BatchOutcome =
  /** One outcome per record, in their order. */
  | { readonly kind: 'answered'; readonly records: readonly RecordOutcome[] }
  /** Nothing can be written now. */
  | { readonly kind: 'later'; readonly status: number; readonly problem: string; readonly waitSeconds: number | null }
  /** Something in the call is wrong: smaller calls tell which record. */
  | { readonly kind: 'refused'; readonly status: number; readonly problem: string }

const MOST_PROBLEM_LETTERS = 500
const REFUSED = [400, 413, 422]
const AGAIN = [408, 409, 412, 423, 425, 429]

/** What an answer says as a whole, where it is none to single records. */
export function wholeOutcome({ status, retryAfterSeconds }: CrmAnswer, said: string): BatchOutcome {
  const problem = shorten(`${status}: ${said}`)
  if (REFUSED.includes(status)) return { kind: 'refused', status, problem }
  return { kind: 'later', status, problem, waitSeconds: retryAfterSeconds }
}

export function failedRecord(status: number | null, said: string, again: boolean): RecordOutcome {
  return { kind: 'failed', status, problem: shorten(said), again }
}

export function mayGoBetter(status: number): boolean {
  return AGAIN.includes(status) || status >= 500
}

/** @returns undefined for what is no JSON: a proxy may have answered */
export function parseAnswer(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > MOST_PROBLEM_LETTERS ? `${line.slice(0, MOST_PROBLEM_LETTERS)}…` : line
}

const FIRST_WAIT_SECONDS = 5
const LONGEST_WAIT_SECONDS = 900
const LONGEST_ASKED_SECONDS = 86_400
const JITTER = 0.2
export const MOST_ATTEMPTS = 8

/**
 * Seconds to wait after so many failures in a row: doubling from 5 to 900, up to a fifth longer or shorter; never less than
 * the CRM asked for, up to a day.
 * @param chance uniform in [0, 1)
 */
export function waitAfter(failures: number, asked: number | null, chance: number): number {
  const wait = Math.min(FIRST_WAIT_SECONDS * 2 ** (Math.max(1, failures) - 1), LONGEST_WAIT_SECONDS)
  return Math.max(wait * (1 + JITTER * (2 * chance - 1)), Math.min(asked ?? 0, LONGEST_ASKED_SECONDS))
}

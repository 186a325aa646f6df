import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { type Instant, parseInstant } from '../../src/core/base/time.ts'
import { sharedFile } from './shared-data.ts'

const { path: eventsFile, isPresent } = sharedFile('loan-events/events.csv.gz')
const folder = path.dirname(eventsFile)

export const LOAN_EVENTS_PRESENT = isPresent

export interface LoanCase {
  readonly id: string
  readonly amount: number
  /** In the order of the file, which is that of time. */
  readonly events: readonly { readonly at: Instant; readonly kind: string }[]
}

/** The bank's applications, case by case. */
export function loanCases(): readonly LoanCase[] {
  const lines = (file: string) =>
    gunzipSync(readFileSync(path.join(folder, file)))
      .toString('utf8')
      .trim()
      .split('\n')
      .slice(1)
  const events = new Map<string, { at: Instant; kind: string }[]>()
  for (const line of lines('events.csv.gz')) {
    const [id = '', time = '', activity, lifecycle] = line.split(',')
    const at = parseInstant(time)
    if (!at) throw new RangeError(`events.csv.gz: not an instant: ${time}`)
    const own = events.get(id) ?? []
    own.push({ at, kind: `${activity}:${lifecycle}` })
    events.set(id, own)
  }
  return lines('cases.csv.gz').map((line) => {
    const [id = '', , amount] = line.split(',')
    return { id, amount: Number(amount), events: events.get(id) ?? [] }
  })
}

import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import { canonicalJson, sha256Of } from '../../../core/base/json-hash.ts'
import type { Adapter } from '../../../core/delivery/write-back/adapter.ts'
import { dynamics } from '../../../core/delivery/write-back/dynamics.ts'
import { hubspot } from '../../../core/delivery/write-back/hubspot.ts'
import { type AdapterName, type CrmRecord, type Mapping, toRecord } from '../../../core/delivery/write-back/mapping.ts'
import {
  type BatchOutcome,
  failedRecord,
  MOST_ATTEMPTS,
  type RecordOutcome,
  waitAfter,
} from '../../../core/delivery/write-back/outcome.ts'
import { salesforce } from '../../../core/delivery/write-back/salesforce.ts'
import { listAccountsToWrite } from '../../../store/delivery/write-back-accounts.ts'
import { sequenceEvents } from '../../../store/delivery/events.ts'
import type { Database } from '../../../store/database/tables/schema.ts'
import { withExclusiveWork } from '../../../store/scoring/score-freshness.ts'
import {
  type DueAccount,
  getWriteBack,
  listDue,
  openWriteBack,
  pauseWriteBack,
  readFeed,
  settle,
} from '../../../store/delivery/write-back.ts'
import { connect, type CrmAccess } from './connection.ts'

const ADAPTERS: Readonly<Record<AdapterName, Adapter>> = { hubspot, salesforce, dynamics }
/** At most five calls a second, well under the limit of each CRM. */
const PACE_MS = 200

export interface WriteBackOptions {
  readonly name: AdapterName
  readonly mapping: Mapping
  readonly access: CrmAccess
  readonly signal: AbortSignal
  readonly paceMs?: number
}

export interface Written {
  readonly written: number
  /** Accounts whose values equal those last written. */
  readonly unchanged: number
  readonly failed: number
}

export type WriteBackRound =
  | ({ readonly kind: 'done' } & Written)
  | ({ readonly kind: 'paused'; readonly problem: string } & Written)
  | { readonly kind: 'another_worker' }

/** Queues every scored account again. */
export async function writeEverything(db: Kysely<Database>, name: AdapterName, mapping: Mapping): Promise<void> {
  await openWriteBack(db, name, sha256Of([canonicalJson(mapping)]), true)
}

/**
 * Writes queued accounts until the queue is empty. Delivery is at least once: an account is settled only after the CRM has answered.
 * The current values are sent, so a process that was killed in between sends the same values again.
 */
export async function writeBack(db: Kysely<Database>, options: WriteBackOptions): Promise<WriteBackRound> {
  const { name, mapping, signal } = options
  const done = await withExclusiveWork(db, `winrate.write-back.${name}`, async (): Promise<WriteBackRound> => {
    await openWriteBack(db, name, sha256Of([canonicalJson(mapping)]), false)
    await sequenceEvents(db)
    while (await readFeed(db, name));
    const { send } = connect(options.access)
    const counts = { written: 0, unchanged: 0, failed: 0 }
    while (!signal.aborted) {
      const due = await listDue(db, name, ADAPTERS[name].mostRecords)
      if (due.length === 0) break
      const problem = await writeSome(db, due, { ...options, send }, counts)
      if (problem !== undefined) return { kind: 'paused', problem, ...counts }
    }
    return { kind: 'done', ...counts }
  })
  return done?.result ?? { kind: 'another_worker' }
}

interface Sending extends WriteBackOptions {
  readonly send: ReturnType<typeof connect>['send']
}
type Counts = { -readonly [Key in keyof Written]: Written[Key] }

/** @returns the problem that pauses the write-back */
async function writeSome(
  db: Kysely<Database>,
  due: readonly DueAccount[],
  sending: Sending,
  counts: Counts,
): Promise<string | undefined> {
  const { name, mapping } = sending
  const byId = new Map(due.map((account) => [account.accountId, account]))
  const finish = async (outcomes: readonly (readonly [number, RecordOutcome, string | null])[]) => {
    const settled = outcomes.map(([accountId, outcome, sha256]) => {
      const attempts = (byId.get(accountId)?.attempts ?? 0) + 1
      const isOver = outcome.kind === 'written' || !outcome.again || attempts >= MOST_ATTEMPTS
      const againInSeconds = isOver ? null : waitAfter(attempts, null, Math.random())
      return { accountId, attempts, outcome, sha256, againInSeconds }
    })
    await settle(db, name, settled)
  }
  const accounts = await listAccountsToWrite(db, [...byId.keys()])
  const records = accounts.map((account) => toRecord(mapping, account))
  const shaOf = new Map(
    records.map((record) => [record.accountId, sha256Of([canonicalJson([record.key, record.properties])])]),
  )
  const isSame = ({ accountId }: CrmRecord) => shaOf.get(accountId) === byId.get(accountId)?.writtenSha256
  const gone = [...byId.keys()].filter((accountId) => !shaOf.has(accountId))
  const unchanged = [...gone, ...records.filter(isSame).map(({ accountId }) => accountId)]
  const bad = records.flatMap((record): (readonly [number, RecordOutcome, null])[] => {
    const problem = ADAPTERS[name].keyProblem(mapping, record.key)
    return problem === undefined || isSame(record) ? [] : [[record.accountId, failedRecord(null, problem, false), null]]
  })
  await finish([...unchanged.map((accountId) => [accountId, { kind: 'written' }, null] as const), ...bad])
  counts.unchanged += unchanged.length
  counts.failed += bad.length
  const refused = new Set(bad.map(([accountId]) => accountId))
  const sent = records.filter((record) => !isSame(record) && !refused.has(record.accountId))
  return await sendRecords(db, sent, sending, async (outcomes) => {
    await finish(
      outcomes.map(([{ accountId }, outcome]) => [
        accountId,
        outcome,
        outcome.kind === 'written' ? (shaOf.get(accountId) ?? null) : null,
      ]),
    )
    for (const [, outcome] of outcomes) counts[outcome.kind] += 1
  })
}

/** Sends records in one call. When the CRM refuses the call because of one record, sends each half separately. */
async function sendRecords(
  db: Kysely<Database>,
  records: readonly CrmRecord[],
  sending: Sending,
  finish: (outcomes: readonly (readonly [CrmRecord, RecordOutcome])[]) => Promise<void>,
): Promise<string | undefined> {
  const [first] = records
  if (!first || sending.signal.aborted) return undefined
  const { name, paceMs = PACE_MS } = sending
  const outcome = await callOnce(records, sending)
  await wait(paceMs)
  if (outcome.kind === 'answered') {
    await finish(
      records.map((record, index) => [record, outcome.records[index] ?? failedRecord(null, 'no answer', true)]),
    )
    return undefined
  }
  if (outcome.kind === 'refused') {
    if (records.length === 1) {
      await finish([[first, failedRecord(outcome.status, outcome.problem, false)]])
      return undefined
    }
    const middle = Math.ceil(records.length / 2)
    return (
      (await sendRecords(db, records.slice(0, middle), sending, finish)) ??
      (await sendRecords(db, records.slice(middle), sending, finish))
    )
  }
  const { failures } = await getWriteBack(db, name)
  const seconds = waitAfter(failures + 1, outcome.waitSeconds, Math.random())
  await pauseWriteBack(db, name, { problem: outcome.problem, seconds })
  return outcome.problem
}

async function callOnce(records: readonly CrmRecord[], { name, mapping, send }: Sending): Promise<BatchOutcome> {
  const answer = await send(ADAPTERS[name].request(mapping, records))
  if (answer.kind === 'answered') return ADAPTERS[name].read(answer, records)
  return { kind: 'later', status: 0, problem: answer.problem, waitSeconds: answer.waitSeconds }
}

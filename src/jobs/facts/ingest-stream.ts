import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import type { Reason } from '../../core/facts/import/problems.ts'
import { AppError } from '../../errors.ts'
import { databaseOn } from '../../store/database/kysely-on-client.ts'
import type { ReceivedKind } from '../../store/facts/import/received.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import { withClient } from '../../store/database/with-client.ts'
import { createJsonLinesParser } from './import/json-lines.ts'
import { utf8Decoder } from './import/utf8-decoder.ts'
import { ingestRows } from './ingest.ts'
import type { limitConcurrency } from '../../async/limit-concurrency.ts'

export interface StreamOptions {
  readonly mostBytes: number
  /** Ends the stream, also while its sender is silent, but no batch that is being stored; the reason is thrown. */
  readonly signal: AbortSignal
  /** Stores a batch when it is its turn among streams. Default: at once. */
  readonly inTurn?: ReturnType<typeof limitConcurrency>
  /** Before each batch: what it throws ends the stream. */
  readonly beforeBatch?: () => Promise<void>
  /** In the transaction of the first batch, and once that is committed. */
  readonly inFirstBatch?: (transaction: Kysely<Database>) => Promise<void>
  readonly afterFirstBatch?: () => void
}

export interface RejectedLine {
  /** The first line is 1. */
  readonly line: number
  readonly path: readonly string[]
  readonly code: Reason
  readonly message: string
}

/** received = created + updated + unchanged + rejected. Unmatched rows are among those kept. */
export interface StreamSummary {
  readonly received: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
  readonly unmatched: number
  readonly reasons: Readonly<Partial<Record<Reason, number>>>
  /** The first of them. */
  readonly rejectedLines: readonly RejectedLine[]
}

const BATCH_ROWS = 1000
const MOST_REJECTED_LINES = 1000
/** Read in one turn of the event loop: thousands of short lines at most. */
const PIECE_BYTES = 16_384

interface Row {
  readonly line: number
  readonly value: unknown
}

/**
 * Takes one JSON object a line, in batches that are a transaction each. Reading waits for writing, so that memory holds one
 * batch, however long the stream. No connection is held while its sender is slow.
 *
 * @throws AppError StreamInterrupted for whatever ends it too early: whole batches are stored, and the message says up to
 *   which line. Sent again from the start it changes nothing of what is stored.
 */
export async function ingestStream(
  pool: Pool,
  kind: ReceivedKind,
  bytes: AsyncIterable<Buffer>,
  options: StreamOptions,
): Promise<StreamSummary> {
  const { signal, inTurn = (work) => work() } = options
  const tally = createStreamTally()
  const waiting: Row[] = []
  let storedTo = 0
  // A line that does not end within its limit may never end.
  let refusal: AppError | undefined
  const parser = createJsonLinesParser({
    onObject: (value, line) => {
      if (!refusal) waiting.push({ line, value })
    },
    onMalformed: (line, code, message) => {
      if (refusal) return
      if (code !== 'too_large') tally.reject({ line, path: [], code, message })
      else refusal = new AppError('BodyTooLarge', `line ${line}: ${message}: shorten it or leave it out`)
    },
  })
  const store = async (least: number) => {
    while (waiting.length >= least) {
      signal.throwIfAborted()
      await options.beforeBatch?.()
      const batch = waiting.splice(0, BATCH_ROWS)
      const alongside = storedTo === 0 ? options.inFirstBatch : undefined
      await inTurn(() => storeBatch(pool, kind, batch, tally, alongside))
      if (storedTo === 0) options.afterFirstBatch?.()
      storedTo = batch.at(-1)?.line ?? storedTo
    }
  }
  const storeOrRefuse = async (least: number) => {
    await store(refusal ? 1 : least)
    if (refusal) throw refusal
  }
  try {
    const decoder = utf8Decoder()
    for await (const chunk of readAll(bytes, options)) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        parser.write(decoder.write(chunk.subarray(at, at + PIECE_BYTES)))
        await storeOrRefuse(BATCH_ROWS)
        await nextTurn()
      }
    }
    parser.write(decoder.end())
    parser.end()
    await storeOrRefuse(1)
  } catch (error) {
    const stored = storedTo === 0 ? 'nothing is stored' : `what stands up to line ${storedTo} is stored`
    const reason = error instanceof AppError ? `${error.message}: ` : ''
    throw new AppError('StreamInterrupted', `${reason}${stored}; it may be sent again from the start`, { cause: error })
  }
  return tally.summary()
}

async function storeBatch(
  pool: Pool,
  kind: ReceivedKind,
  batch: readonly Row[],
  tally: StreamTally,
  alongside: StreamOptions['inFirstBatch'],
): Promise<void> {
  const values = batch.map(({ value }) => value)
  const { rows } = await withClient(pool, (client) =>
    inTransaction(databaseOn(client), async (transaction) => {
      await alongside?.(transaction)
      return await ingestRows(client, kind, values, { atomic: false })
    }),
  )
  for (const [index, row] of rows.entries()) {
    if (row.status !== 'rejected') tally.keep(row)
    else {
      const { reason: code, message } = row.problem
      tally.reject({ line: batch[index]?.line ?? 0, path: row.path, code, message })
    }
  }
}

async function* readAll(bytes: AsyncIterable<Buffer>, { mostBytes, signal }: StreamOptions): AsyncGenerator<Buffer> {
  const chunks = bytes[Symbol.asyncIterator]()
  for (let read = 0; ; ) {
    const next = await unlessAborted(signal, chunks.next())
    if (next.done) return
    read += next.value.length
    if (read > mostBytes) throw new AppError('BodyTooLarge', `a stream must not exceed ${mostBytes / 1_048_576} MiB`)
    yield next.value
  }
}

/** Not `Promise.race` with one promise for all of the stream: that would keep every chunk until it settles. */
async function unlessAborted<Value>(signal: AbortSignal, next: Promise<Value>): Promise<Value> {
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  // It may have aborted while the last batch was stored.
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  try {
    return await Promise.race([next.catch(refuseLost), stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function refuseLost(cause: unknown): never {
  throw new AppError('BodyRefused', 'the connection was lost before the body ended', { cause })
}

/** A running total: the one thing here that changes, behind functions that say how. */
function createStreamTally() {
  const counts = { received: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, unmatched: 0 }
  const reasons = new Map<Reason, number>()
  const rejectedLines: RejectedLine[] = []
  return {
    keep: ({ status, matched }: { status: 'created' | 'updated' | 'unchanged'; matched: boolean }) => {
      counts.received += 1
      counts[status] += 1
      if (!matched) counts.unmatched += 1
    },
    reject: (row: RejectedLine) => {
      counts.received += 1
      counts.rejected += 1
      reasons.set(row.code, (reasons.get(row.code) ?? 0) + 1)
      if (rejectedLines.length < MOST_REJECTED_LINES) rejectedLines.push(row)
    },
    summary: (): StreamSummary => ({
      ...counts,
      reasons: Object.fromEntries([...reasons].toSorted()),
      // What is malformed is known before the rows of its batch are.
      rejectedLines: rejectedLines.toSorted((one, other) => one.line - other.line),
    }),
  }
}

type StreamTally = ReturnType<typeof createStreamTally>

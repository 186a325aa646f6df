import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Pool } from 'pg'
import { countNews, type NewsCounts, sumOfNews } from '../../core/facts/news/news.ts'
import type { Reason } from '../../core/facts/import/problems.ts'
import type { FoundProblem } from '../../core/facts/import/received-row.ts'
import { AppError } from '../../errors.ts'
import { databaseOn } from '../../store/database/kysely-on-client.ts'
import type { ReceivedKind } from '../../store/facts/import/received.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import { withClient } from '../../store/database/with-client.ts'
import { createJsonLinesParser } from './import/json-lines.ts'
import { utf8Decoder } from './import/utf8-decoder.ts'
import { ingestFirstRows, type StoredRow } from './ingest.ts'
import type { limitConcurrency } from '../../async/limit-concurrency.ts'

export interface StreamOptions {
  readonly mostBytes: number
  /** A value that cannot be read rejects its row, also where the field is optional. */
  readonly strict?: boolean
  /** Ends the stream after the current batch, even while the sender is silent. Its reason is thrown. */
  readonly signal: AbortSignal
  /** Limits the batches that are stored at the same time. Default: no limit. */
  readonly inTurn?: ReturnType<typeof limitConcurrency>
  /** Called before each batch. An error ends the stream. */
  readonly beforeBatch?: () => Promise<void>
  /** Called in the transaction of the first batch. */
  readonly inFirstBatch?: (transaction: Kysely<Database>) => Promise<void>
  /** Called after that transaction has committed. */
  readonly afterFirstBatch?: () => void
}

export interface RejectedLine {
  /** The first line is 1. */
  readonly line: number
  readonly path: readonly string[]
  readonly code: Reason
  readonly message: string
}

/** received = created + updated + unchanged + rejected. Unmatched rows are stored and are part of these counts. */
export interface StreamSummary {
  readonly received: number
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly rejected: number
  readonly unmatched: number
  readonly news: NewsCounts
  readonly reasons: Readonly<Partial<Record<Reason, number>>>
  /** The first rejected lines. */
  readonly rejectedLines: readonly RejectedLine[]
  /** The first cells of stored rows that could not be read, and are unknown. */
  readonly unreadableCells: readonly RejectedLine[]
}

const BATCH_ROWS = 1000
const MOST_REJECTED_LINES = 1000
/** Bytes parsed in one turn of the event loop: at most thousands of short lines. */
const PIECE_BYTES = 16_384

interface StreamedRow {
  readonly line: number
  readonly value: unknown
}

/**
 * Stores one JSON object per line, in batches of one transaction each. Reading waits for writing, so memory holds one batch. No
 * connection is held while the sender is slow.
 *
 * @throws AppError StreamInterrupted when the stream ends early: the message says up to which line whole batches are stored. The
 *   stream can be sent again from the start, which changes no stored row.
 */
export async function ingestStream(
  pool: Pool,
  kind: ReceivedKind,
  bytes: AsyncIterable<Buffer>,
  options: StreamOptions,
): Promise<StreamSummary> {
  const { signal, inTurn = (work) => work() } = options
  const tally = createStreamTally()
  const waiting: StreamedRow[] = []
  let storedTo = 0
  // A line beyond the limit may never end: the stream is refused.
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
      const batch = waiting.slice(0, BATCH_ROWS)
      const alongside = storedTo === 0 ? options.inFirstBatch : undefined
      const handling = { strict: options.strict ?? false, alongside }
      const stored = waiting.splice(0, await inTurn(() => storeBatch(pool, kind, batch, tally, handling)))
      if (storedTo === 0) options.afterFirstBatch?.()
      storedTo = stored.at(-1)?.line ?? storedTo
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
    const stored = storedTo === 0 ? 'nothing is stored' : `everything up to line ${storedTo} is stored`
    const reason = error instanceof AppError ? `${error.message}: ` : ''
    throw new AppError('StreamInterrupted', `${reason}${stored}; send the stream again from the start`, {
      cause: error,
    })
  }
  return tally.summary()
}

/** @returns how many of the rows are stored or rejected: the next transaction takes the rest */
async function storeBatch(
  pool: Pool,
  kind: ReceivedKind,
  batch: readonly StreamedRow[],
  tally: StreamTally,
  { strict, alongside }: { readonly strict: boolean; readonly alongside: StreamOptions['inFirstBatch'] },
): Promise<number> {
  const values = batch.map(({ value }) => value)
  const { rows } = await withClient(pool, (client) =>
    inTransaction(databaseOn(client), async (transaction) => {
      await alongside?.(transaction)
      return await ingestFirstRows(client, kind, values, { atomic: false, strict })
    }),
  )
  for (const [index, row] of rows.entries()) {
    const lineOf = ({ problem: { reason: code, message }, path }: FoundProblem): RejectedLine => {
      return { line: batch[index]?.line ?? 0, path, code, message }
    }
    if (row.status === 'rejected') tally.reject(lineOf(row))
    else tally.keep(row, row.unreadable.map(lineOf))
  }
  return rows.length
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

/** Not `Promise.race` with one promise for the whole stream: it would retain every chunk until that promise settles. */
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

function createStreamTally() {
  const counts = { received: 0, created: 0, updated: 0, unchanged: 0, rejected: 0, unmatched: 0 }
  const reasons = new Map<Reason, number>()
  let told: NewsCounts = {}
  const rejectedLines: RejectedLine[] = []
  const unreadableCells: RejectedLine[] = []
  return {
    keep: ({ status, matched, news }: StoredRow, unreadable: readonly RejectedLine[]) => {
      unreadableCells.push(...unreadable.slice(0, MOST_REJECTED_LINES - unreadableCells.length))
      if (news.length > 0) told = sumOfNews([told, countNews([news])])
      counts.received += 1
      counts[status] += 1
      if (matched === false) counts.unmatched += 1
    },
    reject: (row: RejectedLine) => {
      counts.received += 1
      counts.rejected += 1
      reasons.set(row.code, (reasons.get(row.code) ?? 0) + 1)
      if (rejectedLines.length < MOST_REJECTED_LINES) rejectedLines.push(row)
    },
    summary: (): StreamSummary => ({
      ...counts,
      news: told,
      reasons: Object.fromEntries([...reasons].toSorted()),
      unreadableCells,
      // Malformed lines are found before the other rows of their batch are checked.
      rejectedLines: rejectedLines.toSorted((one, other) => one.line - other.line),
    }),
  }
}

type StreamTally = ReturnType<typeof createStreamTally>

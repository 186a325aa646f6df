import type { Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FeedType } from '../../core/qualification/event-types.ts'
import {
  type FeedEvent,
  type FeedQuery,
  lastSequence,
  listEvents,
  readFeedState,
  sequenceEvents,
} from '../../store/delivery/events.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { singleFlight } from '../../async/batch-loader.ts'
import { limitConcurrency } from '../../async/limit-concurrency.ts'

const POLL_MS = 200
/** What `watch` has read is not older, unless the database does not answer. */
const RECENT_MS = 1000
/** More readers than this are answered at once, without waiting. */
const MOST_WAITING = 1000
/** So many pages are read at a time, however many readers ask: connections are left for others. */
const PAGES_AT_ONCE = 3

export interface FeedRequest {
  readonly after: number
  readonly limit: number
  readonly types?: readonly FeedType[] | undefined
  /** How long to wait for the first event. */
  readonly waitMs: number
  /** Ends the waiting: the reader has gone. */
  readonly signal: AbortSignal
}

export type FeedPage =
  | {
      readonly kind: 'page'
      readonly events: readonly FeedEvent[]
      /** Where to read on: beyond events of other types too. */
      readonly nextAfter: number
      /** Whether there are more now. */
      readonly more: boolean
    }
  /** `after` lies beyond the last event: it is a place in another feed. */
  | { readonly kind: 'beyond'; readonly last: number }

export interface Feed {
  read(request: FeedRequest): Promise<FeedPage>
  /** Answers all who wait. */
  close(): void
}

interface Waiting {
  readonly after: number
  readonly wake: () => void
}

/**
 * The feed for readers who wait. However many wait, one look at the last number serves them all and no connection is held, so
 * they take nothing from others.
 */
export function openFeed(db: Kysely<Database>): Feed {
  const waiting = new Set<Waiting>()
  const closing = new AbortController()
  let watching = false

  /** The last number that was read, and when. */
  let known = { last: 0, at: Number.NEGATIVE_INFINITY }

  /** Numbers what is committed, so that the feed moves on without a worker too. Once for all who ask at one moment. */
  const newest = singleFlight(async () => {
    const { last, isBehind } = await readFeedState(db)
    if (isBehind) await sequenceEvents(db)
    known = { last: isBehind ? await lastSequence(db) : last, at: performance.now() }
    return known.last
  })

  /** For a reader who waits what `watch` has read will do: it wakes the reader for what has come since. */
  const newestFor = async (after: number, waitMs: number) => {
    const isRecent = watching && performance.now() - known.at < RECENT_MS && after <= known.last
    return waitMs > 0 && isRecent ? known.last : await newest()
  }
  const list = sharedPages(db)

  const watch = async () => {
    if (watching) return
    watching = true
    while (waiting.size > 0) {
      await sleep(POLL_MS)
      // Those who wait meet a database that cannot be reached themselves, when their time is over.
      const last = await newest().catch(() => 0)
      for (const reader of waiting) if (reader.after < last) reader.wake()
    }
    watching = false
  }

  const waitFor = async (after: number, waitMs: number, signal: AbortSignal) => {
    const news = Promise.withResolvers<void>()
    const reader = { after, wake: () => news.resolve() }
    const timer = setTimeout(reader.wake, waitMs)
    const ends = AbortSignal.any([signal, closing.signal])
    ends.addEventListener('abort', reader.wake, { once: true })
    waiting.add(reader)
    void watch()
    await news.promise
    waiting.delete(reader)
    clearTimeout(timer)
    ends.removeEventListener('abort', reader.wake)
  }

  return {
    async read({ after, limit, types, waitMs, signal }) {
      const until = performance.now() + waitMs
      for (let from = after; ; ) {
        const last = await newestFor(from, waitMs)
        if (after > last) return { kind: 'beyond', last }
        const events = from < last ? await list({ after: from, limit, types }, last) : []
        const more = events.length === limit
        const end = events.at(-1)?.sequence ?? from
        from = more ? end : Math.max(end, last)
        const left = until - performance.now()
        const isOver = left <= 0 || signal.aborted || closing.signal.aborted || waiting.size >= MOST_WAITING
        if (events.length > 0 || isOver) return { kind: 'page', events, nextAfter: from, more }
        await waitFor(from, left, signal)
      }
    },
    close: () => closing.abort(),
  }
}

/**
 * Reads pages of the feed. Readers who wait wake at one moment and mostly want the same page: they share it. Only those who
 * know the same last number do, for a page that was asked for earlier may lack what has come since.
 */
function sharedPages(db: Kysely<Database>) {
  const inTurn = limitConcurrency(PAGES_AT_ONCE)
  const reading = new Map<string, Promise<readonly FeedEvent[]>>()
  return async (query: FeedQuery, last: number): Promise<readonly FeedEvent[]> => {
    const name = JSON.stringify([query.after, query.limit, query.types, last])
    const page = reading.get(name) ?? inTurn(() => listEvents(db, query)).finally(() => reading.delete(name))
    reading.set(name, page)
    return await page
  }
}

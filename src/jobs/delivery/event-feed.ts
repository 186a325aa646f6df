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

/** How often the last number is read while anybody waits: the delay of an event, and the load of an idle feed. */
const POLL_MS = 1000
/** The age up to which the number that `watch` has read is used. */
const RECENT_MS = 3 * POLL_MS
/** Further readers are answered immediately. */
const MOST_WAITING = 1000
/** Pages read at the same time. The other connections stay free for other requests. */
const PAGES_AT_ONCE = 3

export interface FeedRequest {
  readonly after: number
  readonly limit: number
  readonly types?: readonly FeedType[] | undefined
  /** The longest wait for a first event. */
  readonly waitMs: number
  /** Ends the wait: the reader has disconnected. */
  readonly signal: AbortSignal
}

export type FeedPage =
  | {
      readonly kind: 'page'
      readonly events: readonly FeedEvent[]
      /** The position after this page; events of other types are skipped. */
      readonly nextAfter: number
      /** Whether more events exist now. */
      readonly more: boolean
    }
  /** `after` lies beyond the last event: the cursor is of another database. */
  | { readonly kind: 'beyond'; readonly last: number }

export interface Feed {
  read(request: FeedRequest): Promise<FeedPage>
  /** Answers all waiting readers. */
  close(): void
}

interface Waiting {
  readonly after: number
  readonly wake: () => void
}

/** The feed with long polling. Waiting readers share one query of the last sequence number and hold no connection. */
export function openFeed(db: Kysely<Database>): Feed {
  const waiting = new Set<Waiting>()
  const closing = new AbortController()
  let watching = false

  /** The last sequence number that was read, and when. */
  let known = { last: 0, at: Number.NEGATIVE_INFINITY }

  /** Numbers committed events first, so that the feed advances without a worker. Concurrent readers share one call. */
  const newest = singleFlight(async () => {
    const { last, isBehind } = await readFeedState(db)
    if (isBehind) await sequenceEvents(db)
    known = { last: isBehind ? await lastSequence(db) : last, at: performance.now() }
    return known.last
  })

  /** A reader that may still wait uses the number that `watch` has read: `watch` wakes it for later events. */
  const newestFor = async (after: number, leftMs: number) => {
    const isRecent = watching && performance.now() - known.at < RECENT_MS && after <= known.last
    return leftMs > 0 && isRecent ? known.last : await newest()
  }
  const list = sharedPages(db)

  const watch = async () => {
    if (watching) return
    watching = true
    while (waiting.size > 0) {
      await sleep(POLL_MS)
      // If the database cannot be reached, each reader gets that error when its wait ends.
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
        const last = await newestFor(from, until - performance.now())
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
 * Reads pages of the feed. Readers that wake together mostly want the same page and share one query. Only readers with the same last
 * number share: an earlier query may lack later events.
 */
function sharedPages(db: Kysely<Database>) {
  const limit = limitConcurrency(PAGES_AT_ONCE)
  const reading = new Map<string, Promise<readonly FeedEvent[]>>()
  return async (query: FeedQuery, last: number): Promise<readonly FeedEvent[]> => {
    const name = JSON.stringify([query.after, query.limit, query.types, last])
    const page = reading.get(name) ?? limit(() => listEvents(db, query)).finally(() => reading.delete(name))
    reading.set(name, page)
    return await page
  }
}

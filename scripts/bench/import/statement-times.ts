import { EventEmitter } from 'node:events'
import type { Pool } from 'pg'

const WORDS = 5

/** Adds up, for every connection that the pool lends from now on, how long statements that begin alike took. */
export function timeStatements(pool: Pool) {
  let seconds = new Map<string, number>()
  const add = (text: string, start: number) =>
    seconds.set(text, (seconds.get(text) ?? 0) + (performance.now() - start) / 1000)
  const known = new WeakSet<object>()
  pool.on('acquire', (client) => {
    if (known.has(client)) return
    known.add(client)
    const query: unknown = Reflect.get(client, 'query')
    if (typeof query !== 'function') return
    const timed = (...args: readonly unknown[]): unknown => {
      const start = performance.now()
      const text = beginningOf(args[0])
      const result: unknown = Reflect.apply(query, client, args)
      if (result instanceof Promise) result.then(() => add(text, start)).catch(() => undefined)
      else if (result instanceof EventEmitter) result.once('finish', () => add(text, start))
      return result
    }
    Object.defineProperty(client, 'query', { value: timed })
  })
  return {
    reset: () => {
      seconds = new Map()
    },
    /** The longest first; statements below a thousandth of the longest are left out. */
    list: () => {
      const all = [...seconds]
        .map(([text, took]) => ({ text, seconds: took }))
        .toSorted((a, b) => b.seconds - a.seconds)
      return all.filter(({ seconds: took }) => took > (all[0]?.seconds ?? 0) / 1000)
    },
  }
}

function beginningOf(query: unknown): string {
  const text = typeof query === 'string' ? query : String((query as { text?: string }).text ?? 'unnamed')
  return text
    .trim()
    .split(/\s+/)
    .slice(0, WORDS)
    .join(' ')
    .replace(/[;(].*$/, '')
}

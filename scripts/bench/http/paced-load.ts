import { setTimeout as sleep } from 'node:timers/promises'
import type { Route } from './load.ts'

/**
 * Asks the routes in turn at a fixed rate, whether or not earlier answers are there, and times each from the moment it was
 * *due*: a server that stands still for a second then shows in every request of that second, not in one.
 *
 * @returns milliseconds @throws Error on any answer but 200
 */
export async function pacedLatencies(
  routes: readonly Route[],
  perSecond: number,
  seconds: number,
): Promise<readonly number[]> {
  const start = performance.now()
  const ask = async (index: number): Promise<number> => {
    const due = start + (1000 * index) / perSecond
    await sleep(Math.max(0, due - performance.now()))
    const { url, headers } = routes[index % routes.length] as Route
    const answer = await fetch(url, { headers })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${url.pathname} answered ${answer.status}: ${text}`)
    return performance.now() - due
  }
  return await Promise.all(Array.from({ length: Math.round(perSecond * seconds) }, (_, index) => ask(index)))
}

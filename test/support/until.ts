import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'

const LOOKS_EVERY_MS = 10

/**
 * Waits for a state, however long a busy machine takes to reach it.
 * @param what is named when it does not come within `patienceMs`
 * @returns what `find` found: anything but undefined and false
 */
export async function until<Found>(
  what: string,
  find: () => Promise<Found | undefined | false> | Found | undefined | false,
  patienceMs = PATIENCE_MS,
): Promise<Found> {
  const began = performance.now()
  for (;;) {
    const found = await find()
    if (found !== undefined && found !== false) return found
    if (performance.now() - began > patienceMs) {
      throw new Error(`waited ${patienceMs / 1000} s, but not: ${what}`)
    }
    await wait(LOOKS_EVERY_MS)
  }
}

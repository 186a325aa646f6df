import { setTimeout as wait } from 'node:timers/promises'

export interface PollOptions {
  /** The pause between two rounds. */
  readonly pollMs: number
  /** Ends the loop after the current round. */
  readonly signal: AbortSignal
  /** A round that failed is tried again after the pause. */
  readonly onFailure: (error: unknown) => void
}

/**
 * Runs rounds, one at a time, until the signal aborts.
 * @param round returns `again` to start the next round without a pause
 * @param pauseAfter the pause after a round that took so long, where `pollMs` is not enough
 */
export async function pollLoop(
  round: () => Promise<'again' | undefined>,
  { pollMs, signal, onFailure }: PollOptions,
  pauseAfter: (roundMs: number) => number = () => pollMs,
): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now()
    try {
      if ((await round()) === 'again') continue
    } catch (error) {
      if (!signal.aborted) onFailure(error)
    }
    await wait(pauseAfter(performance.now() - startedAt), undefined, { signal }).catch(() => undefined)
  }
}

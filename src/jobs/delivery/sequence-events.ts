import type { Kysely } from 'kysely'
import { setTimeout as wait } from 'node:timers/promises'
import { sequenceEvents } from '../../store/delivery/events.ts'
import type { Database } from '../../store/database/tables/schema.ts'

export interface KeepSequencedOptions {
  readonly pollMs: number
  readonly signal: AbortSignal
  /** What failed is tried again at the next poll. */
  readonly onFailure: (error: unknown) => void
}

/** Numbers committed events until told to stop, so that webhooks and feeds have them soon. Any number of workers may. */
export async function keepSequenced(db: Kysely<Database>, options: KeepSequencedOptions): Promise<void> {
  const { pollMs, signal, onFailure } = options
  while (!signal.aborted) {
    try {
      await sequenceEvents(db)
    } catch (error) {
      if (!signal.aborted) onFailure(error)
    }
    await wait(pollMs, undefined, { signal }).catch(() => undefined)
  }
}

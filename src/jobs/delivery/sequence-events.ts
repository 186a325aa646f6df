import type { Kysely } from 'kysely'
import { pollLoop, type PollOptions } from '../../async/poll-loop.ts'
import { sequenceEvents } from '../../store/delivery/events.ts'
import type { Database } from '../../store/database/tables/schema.ts'

/** Numbers committed events until the signal aborts, so that the feed and webhooks have them soon. Any number of workers may run it. */
export async function sequenceLoop(db: Kysely<Database>, options: PollOptions): Promise<void> {
  await pollLoop(async () => {
    await sequenceEvents(db)
    return undefined
  }, options)
}

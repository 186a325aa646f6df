/** Processor time of the thread that calls, in milliseconds: unlike the clock, it does not depend on other load of the machine. */
export interface ThreadTime {
  /** The longest time during which nothing else could run. */
  readonly longestMs: number
  readonly totalMs: number
}

/** A turn of the event loop in which nothing happens takes less. */
const IDLE_MS = 0.1
const TRIES = 3
/** Of one request, in one piece. Others wait for so long at most. */
export const LIMIT_MS = 200

/** What work takes of this thread: the event loop looks at the thread's processor time once a turn. */
export async function measureThread<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly time: ThreadTime }> {
  let longestMs = 0
  let totalMs = 0
  let last = threadCpuMs()
  const note = () => {
    const now = threadCpuMs()
    longestMs = Math.max(longestMs, now - last)
    if (now - last >= IDLE_MS) totalMs += now - last
    last = now
  }
  const look = () => {
    note()
    next = setImmediate(look)
  }
  let next = setImmediate(look)
  try {
    const result = await work()
    note()
    return { result, time: { longestMs, totalMs } }
  } finally {
    clearImmediate(next)
  }
}

/**
 * The least of three measurements, since a collection of garbage or the compiler may fall into one. Stops at the first that
 * is within the limit.
 */
export async function leastOfThree(measure: () => Promise<ThreadTime>): Promise<ThreadTime> {
  let least = await measure()
  for (let tries = 1; tries < TRIES && least.longestMs > LIMIT_MS; tries += 1) {
    const time = await measure()
    if (time.longestMs < least.longestMs) least = time
  }
  return least
}

export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

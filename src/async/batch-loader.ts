/** Who waits to be answered. */
interface Waiting<Key, Result> {
  readonly key: Key
  readonly resolve: (result: Result | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks for many at once: whoever asks while a question is under way is part of the next one. So everybody is answered by what
 * was so after they asked, never before; nobody waits for more than two questions; and a busy moment costs few of them.
 *
 * A question that fails fails those who wait for the next too: what stands still for one does for all, and nobody is to wait
 * twice as long for being told.
 *
 * @param ask is given each key once @returns a key's answer, undefined where there is none
 */
export function batchLoader<Key, Result>(
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Result>>,
): (key: Key) => Promise<Result | undefined> {
  let waiting: Waiting<Key, Result>[] = []
  let isAsking = false
  const askUntilNobodyWaits = async () => {
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      try {
        const found = await ask([...new Set(asked.map(({ key }) => key))])
        for (const { key, resolve } of asked) resolve(found.get(key))
      } catch (error) {
        for (const { reject } of [...asked, ...waiting.splice(0)]) reject(error)
      }
    }
    isAsking = false
  }
  return async (key) => {
    return await new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (isAsking) return
      isAsking = true
      // After everything that has arrived by now.
      setImmediate(() => void askUntilNobodyWaits())
    })
  }
}

/** The same where there is one thing to ask. */
export function singleFlight<Result>(ask: () => Promise<Result>): () => Promise<Result> {
  const answer = batchLoader(async (_: readonly null[]) => new Map([[null, { result: await ask() }]]))
  return async () => {
    const found = await answer(null)
    if (!found) throw new Error('what was asked has an answer')
    return found.result
  }
}

interface Waiting<Key, Result> {
  readonly key: Key
  readonly resolve: (result: Result | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Loads many keys in one batch. Calls that arrive while a batch is loading share the next one, so a caller never gets a result that was
 * read before its call, and waits for at most two batches.
 *
 * When a batch fails, the calls that wait for the next one fail too: a database that does not answer one would not answer the other,
 * and callers must not wait for two timeouts.
 *
 * @param load gets each key once @returns the result of a key; undefined when there is none
 */
export function batchLoader<Key, Result>(
  load: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Result>>,
): (key: Key) => Promise<Result | undefined> {
  let waiting: Waiting<Key, Result>[] = []
  let isLoading = false
  const loadBatches = async () => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        const found = await load([...new Set(batch.map(({ key }) => key))])
        for (const { key, resolve } of batch) resolve(found.get(key))
      } catch (error) {
        for (const { reject } of [...batch, ...waiting.splice(0)]) reject(error)
      }
    }
    isLoading = false
  }
  return async (key) => {
    return await new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject })
      if (isLoading) return
      isLoading = true
      // Later, so that all calls of this turn of the event loop share the batch.
      setImmediate(() => void loadBatches())
    })
  }
}

/** Concurrent callers share one call of `load`, under the rules of `batchLoader`. */
export function singleFlight<Result>(load: () => Promise<Result>): () => Promise<Result> {
  const loadOne = batchLoader(async (_: readonly null[]) => new Map([[null, { result: await load() }]]))
  return async () => {
    const found = await loadOne(null)
    if (!found) throw new Error('the only key has a result')
    return found.result
  }
}

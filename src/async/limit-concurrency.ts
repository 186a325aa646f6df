/**
 * Lets so many pieces of work run at a time; the others wait, first come first served, and hold nothing meanwhile.
 * @param most at least 1
 */
export function limitConcurrency(most: number): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let running = 0
  const waiting: (() => void)[] = []
  return async (work) => {
    // A turn that ends is handed on, so that nobody who comes in between gets it.
    if (running < most) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running -= 1
    }
  }
}

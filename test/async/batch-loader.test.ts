import { setImmediate as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { singleFlight, batchLoader } from '../../src/async/batch-loader.ts'

/** Loads on command: each key with its text and the number of the batch. */
function slowSource() {
  const questions: { readonly keys: readonly string[]; readonly answer: () => void; readonly fail: () => void }[] = []
  const ask = batchLoader(async (keys: readonly string[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, string>>()
    const number = questions.length + 1
    const known = keys.filter((key) => key !== 'nobody')
    questions.push({
      keys,
      answer: () => resolve(new Map(known.map((key) => [key, `${key}${number}`]))),
      fail: () => reject(new Error('away')),
    })
    return await promise
  })
  return { ask, questions }
}

describe('the batch loader', () => {
  it('loads concurrent calls in one batch with each key once, and gives each call its own result', async () => {
    const { ask, questions } = slowSource()
    const answers = Promise.all([ask('a'), ask('b'), ask('a'), ask('nobody')])
    await pause()
    expect(questions.map(({ keys }) => keys)).toEqual([['a', 'b', 'nobody']])
    questions[0]?.answer()
    expect(await answers).toEqual(['a1', 'b1', 'a1', undefined])
  })

  it('gives no call the result of a batch that started before it', async () => {
    const { ask, questions } = slowSource()
    const first = ask('a')
    await pause()
    const later = Promise.all([ask('a'), ask('b')])
    questions[0]?.answer()
    expect(await first).toBe('a1')
    await pause()
    questions[1]?.answer()
    expect(await later).toEqual(['a2', 'b2'])
    expect(questions.length).toBe(2)
  })

  it('fails all waiting calls when a batch fails, and loads again afterwards', async () => {
    const { ask, questions } = slowSource()
    const first = ask('a')
    const failing = [first]
    await pause()
    failing.push(ask('b'), ask('c'))
    const outcomes = Promise.allSettled(failing)
    questions[0]?.fail()
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(questions.length).toBe(1)
    const again = ask('a')
    await pause()
    questions[1]?.answer()
    expect(await again).toBe('a2')
  })

  it('as single flight: concurrent calls share one load', async () => {
    let asked = 0
    const ask = singleFlight(async () => (asked += 1))
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1])
    expect(await ask()).toBe(2)
  })
})

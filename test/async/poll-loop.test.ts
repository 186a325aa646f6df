import { expect, it } from 'vitest'
import { pollLoop, type PollOptions } from '../../src/async/poll-loop.ts'

function options(stop: AbortController, changes: Partial<PollOptions> = {}) {
  const failures: unknown[] = []
  const onFailure = (error: unknown) => failures.push(error)
  return { failures, options: { pollMs: 1, signal: stop.signal, onFailure, ...changes } }
}

it('runs one round at a time until the signal aborts', async () => {
  const stop = new AbortController()
  let rounds = 0
  let running = 0
  await pollLoop(async () => {
    running += 1
    expect(running).toBe(1)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    rounds += 1
    if (rounds === 3) stop.abort()
    return undefined
  }, options(stop).options)
  expect(rounds).toBe(3)
})

it('runs no round when the signal has aborted before', async () => {
  const stop = new AbortController()
  stop.abort()
  await pollLoop(() => expect.unreachable(), options(stop).options)
})

it('ends during a pause when the signal aborts', async () => {
  const stop = new AbortController()
  const loop = pollLoop(
    async () => {
      setImmediate(() => stop.abort())
      return undefined
    },
    options(stop, { pollMs: 2 ** 30 }).options,
  )
  await expect(loop).resolves.toBeUndefined()
})

it('starts the next round without a pause when a round returns `again`', async () => {
  const stop = new AbortController()
  let rounds = 0
  await pollLoop(
    async () => {
      rounds += 1
      if (rounds === 3) stop.abort()
      return 'again'
    },
    options(stop, { pollMs: 2 ** 30 }).options,
  )
  expect(rounds).toBe(3)
})

it('reports a failed round and runs the next one after the pause', async () => {
  const stop = new AbortController()
  const { failures, options: given } = options(stop)
  let rounds = 0
  const pauses: number[] = []
  const pauseAfter = (roundMs: number) => {
    pauses.push(roundMs)
    return 1
  }
  await pollLoop(
    async () => {
      rounds += 1
      if (rounds === 2) stop.abort()
      if (rounds === 1) throw new Error('connection lost')
      return undefined
    },
    given,
    pauseAfter,
  )
  expect(failures).toMatchObject([{ message: 'connection lost' }])
  expect(pauses).toHaveLength(2)
})

it('does not report a round that failed because the signal aborted', async () => {
  const stop = new AbortController()
  const { failures, options: given } = options(stop)
  await pollLoop(async () => {
    stop.abort()
    throw new Error('interrupted')
  }, given)
  expect(failures).toEqual([])
})

it('ends when the failure is thrown on', async () => {
  const onFailure = (error: unknown) => {
    throw error
  }
  const loop = pollLoop(async () => {
    throw new Error('bad credentials')
  }, options(new AbortController(), { onFailure }).options)
  await expect(loop).rejects.toThrow('bad credentials')
})

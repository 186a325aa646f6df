import { setImmediate as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { limitConcurrency } from '../../src/async/limit-concurrency.ts'

describe('limitConcurrency', () => {
  it('runs at most so many calls at a time, in order of arrival, also when some fail', async () => {
    const inTurn = limitConcurrency(2)
    const began: number[] = []
    let running = 0
    let most = 0
    const outcomes = await Promise.allSettled(
      [0, 1, 2, 3, 4, 5].map((number) =>
        inTurn(async () => {
          began.push(number)
          running += 1
          most = Math.max(most, running)
          await pause()
          running -= 1
          if (number % 2 === 0) throw new Error('failed')
          return number
        }),
      ),
    )
    expect(began).toEqual([0, 1, 2, 3, 4, 5])
    expect(most).toBe(2)
    expect(outcomes.map(({ status }) => status)).toEqual(
      [0, 1, 2, 3, 4, 5].map((number) => (number % 2 === 0 ? 'rejected' : 'fulfilled')),
    )
    expect(await inTurn(async () => 'after')).toBe('after')
  })
})

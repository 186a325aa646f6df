import { afterEach, expect, it, vi } from 'vitest'
import { durationInWords, progressLines } from '../../scripts/cli.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('progress says how long a step still takes once it has taken long, and nothing of it when the step has ended', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const lines: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
  const progress = progressLines('accounts')
  progress('score', 0, 4000)
  vi.advanceTimersByTime(2000)
  progress('score', 500, 4000)
  vi.advanceTimersByTime(8000)
  progress('score', 1000, 4000)
  progress('score', 4000, 4000)
  progress('store', 0, 10)
  expect(lines).toEqual([
    'score: 0 of 4,000 accounts',
    'score: 1,000 of 4,000 accounts, 30 s left',
    'score: 4,000 of 4,000 accounts',
    'store: 0 of 10 accounts',
  ])
})

it('a duration is rounded up, in the unit that fits', () => {
  expect([0, 400, 90_000, 90_001, 7_140_000, 7_200_000, 12_000_000].map(durationInWords)).toEqual([
    '1 s',
    '1 s',
    '90 s',
    '2 min',
    '119 min',
    '2 h 0 min',
    '3 h 20 min',
  ])
})

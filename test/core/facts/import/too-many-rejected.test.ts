import { expect, it } from 'vitest'
import { REASONS } from '../../../../src/core/facts/import/problems.ts'
import { REMEDIES } from '../../../../src/core/facts/import/remedies.ts'
import { tooManyRejected } from '../../../../src/core/facts/import/too-many-rejected.ts'

it.each([
  // [read, filtered, rejected, most]
  [0, 0, 0, 0.2, false],
  [10, 10, 0, 0.2, false],
  [10, 0, 2, 0.2, false],
  [10, 0, 3, 0.2, true],
  [10, 0, 9, 0.9, false],
  [10, 0, 1, 0, true],
  [10, 0, 10, 1, true],
  // Every row that the mapping's condition let through.
  [10, 9, 1, 1, true],
  [10, 5, 2, 0.2, true],
])('of %i rows, %i filtered, %i rejected, at most %f: %s', (read, filtered, rejected, most, expected) => {
  expect(tooManyRejected({ read, filtered, rejected }, most)).toBe(expected)
})

it.each(REASONS)('says what to do about %s', (reason) => {
  expect(REMEDIES[reason]).toMatch(/^[a-z].{20,}[^.]$/)
})

it.each([
  [{ read: 10, filtered: 0, rejected: 5 }, 5, false],
  [{ read: 10, filtered: 0, rejected: 8 }, 5, true],
  [{ read: 10, filtered: 0, rejected: 10 }, 10, true],
])('deals without a company are no fault unless all are: %j, of which %d', (counts, unattached, expected) => {
  expect(tooManyRejected(counts, 0.2, { no_account: unattached })).toBe(expected)
})

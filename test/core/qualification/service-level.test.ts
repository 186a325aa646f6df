import { expect, it } from 'vitest'
import { contactDueAt, contactHoursOf, ServiceLevel } from '../../../src/core/qualification/service-level.ts'
import type { Instant } from '../../../src/core/base/time.ts'

const SINCE = '2026-12-31T18:30:00.000001Z' as Instant

it('contact is due a number of hours after an account enters the list, by motion if a motion states its own', () => {
  const hours = contactHoursOf({ contact_within_hours: 24, motions: { expansion: { contact_within_hours: 6 } } })
  expect(contactDueAt(hours, 'new_business', SINCE)).toBe('2027-01-01T18:30:00.000001Z')
  expect(contactDueAt(hours, 'expansion', SINCE)).toBe('2027-01-01T00:30:00.000001Z')
})

it('a service level is a whole number of hours, from one to a year', () => {
  const isFine = (level: object) => ServiceLevel.safeParse(level).success
  expect(isFine({ contact_within_hours: 1 })).toBe(true)
  expect(isFine({ contact_within_hours: 8_760 })).toBe(true)
  for (const hours of [0, -1, 1.5, 8_761, '24', null]) expect(isFine({ contact_within_hours: hours })).toBe(false)
  expect(isFine({})).toBe(false)
  expect(isFine({ contact_within_hours: 24, contact_within_days: 1 })).toBe(false)
  expect(isFine({ contact_within_hours: 24, motions: { expansion: {} } })).toBe(false)
})

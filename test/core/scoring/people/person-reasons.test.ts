import { describe, expect, it } from 'vitest'
import { type ContactModel, scorePeople } from '../../../../src/core/scoring/people/contact-model.ts'
import { peopleOf, personFeatures, readPerson } from '../../../../src/core/scoring/people/person-features.ts'
import { PeopleSpecification } from '../../../../src/core/scoring/people/people-specification.ts'
import { applyModel, compileModel } from '../../../../src/core/training/logistic/logistic-model.ts'
import { trainLogistic } from '../../../../src/core/training/logistic/train.ts'
import type { TrainingRow } from '../../../../src/core/training/logistic/types.ts'
import { createRandom } from '../../../../src/core/base/random.ts'
import { at, event, person, snapshotOf } from '../../features/support.ts'

/**
 * People of whom a deal is won more often where they are c_level, and less often the more they did, although more activity is
 * declared positive: its coefficients are held at 0. A department is known more often of those who win, and says nothing else.
 */
const specification = PeopleSpecification.parse({ window_days: [30, 90], half_life_days: 21 })
const features = personFeatures(specification)
const random = createRandom('person reasons')
const examples = Array.from({ length: 900 }, (_, index) => {
  const seniority = random.pick(['c_level', 'manager', 'individual_contributor'])
  const visits = random.poisson(1.5)
  const won = random.next() < 1 / (1 + Math.exp(1 - (seniority === 'c_level' ? 1.5 : 0) + 0.3 * visits))
  const department = random.next() < (won ? 0.9 : 0.3) ? random.pick(['it', 'sales']) : null
  const contacts = [person(1, { seniority, department })]
  const activities = visits > 0 ? [event('visit', random.integer(28), visits, 1)] : []
  return { id: `a${index}`, won, snapshot: snapshotOf({ contacts, activities }) }
})
const rows = examples.flatMap(({ id, won, snapshot }): TrainingRow[] =>
  peopleOf(snapshot, specification).map((one) => {
    const values = readPerson(features, one)
    return { id, asOf: at('2024-01-01'), openedAt: at('2024-01-01'), values, won, weight: 1 }
  }),
)
const trained = trainLogistic({ columns: features.map(({ column }) => column), rows }, { labelWindowDays: 30 })
if (trained.kind !== 'trained') throw new RangeError(trained.kind)
const reference = { people: 900, fit: null, engagement: null }
const model: ContactModel = { logistic: trained.model, opportunities: 900, people: 900, reference }
const compiled = compileModel(trained.model)

describe('the reasons of 900 people', () => {
  const told = examples.flatMap(({ snapshot }, index) =>
    scorePeople(model, snapshot, specification).flatMap(({ reasons }) => reasons.map((reason) => ({ reason, index }))),
  )

  it('come from what the value does, each at least one standard error in size', () => {
    const parts = rows.map(({ values }) => applyModel(compiled, values).contributions.map(({ ofValue }) => ofValue))
    const sentences = rows.map(({ values }) =>
      features.map(({ say }, feature) => (values[feature] === null ? null : say(values[feature]!))),
    )
    for (const { reason, index } of told) {
      const feature = sentences[index]!.findIndex((one) => one !== null && reason.sentence.startsWith(one))
      const part = parts[index]![feature]!
      expect(Math.abs(part.logOdds)).toBeGreaterThanOrEqual(part.standardError)
      expect(reason.sentence.includes(', probably a ')).toBe(reason.certainty === 'probable')
    }
    const solid = told.filter(({ reason }) => reason.certainty === 'solid' && reason.direction === 'up')
    expect(new Set(solid.map(({ reason }) => reason.sentence))).toContain('Seniority: C-level')
  })

  it('are not from coefficients held at 0, and doing nothing counts for nobody', () => {
    const sentences = told.map(({ reason }) => `${reason.direction} ${reason.sentence}`)
    expect(sentences.filter((one) => /activit(y|ies) in the last/.test(one))).toEqual([])
    expect(sentences.filter((one) => /^up (No |Not active|Silent|0)/.test(one))).toEqual([])
    expect(sentences.length).toBeGreaterThan(500)
  })
})

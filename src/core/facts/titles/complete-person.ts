import { roleOf, type TitleReading, titleReader } from './read-title.ts'
import type { TitleSpecification } from './title-specification.ts'

interface Person extends TitleReading {
  readonly title: string | null
}

/**
 * The given fields of a person, with missing ones filled in from the title; null where the title is not understood. The role
 * is derived from the given seniority and department, where there are any: a "Manager" of the department `procurement` is
 * procurement.
 */
export function completedPerson(person: Person, specification: TitleSpecification): Person {
  const read = titleReader(specification)(person.title)
  const seniority = person.seniority ?? read.seniority
  const department = person.department ?? read.department
  const asRead = seniority === read.seniority && department === read.department
  const known = department !== null && department in specification.departments ? department : read.department
  return {
    title: person.title,
    seniority,
    department,
    buyingRole: person.buyingRole ?? (asRead ? read.buyingRole : roleOf(seniority, known, specification)),
  }
}

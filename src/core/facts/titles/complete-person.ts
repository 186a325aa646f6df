import { roleOf, type TitleReading, titleReader } from './read-title.ts'
import type { TitleSpecification } from './title-specification.ts'

interface Person extends TitleReading {
  readonly title: string | null
}

/**
 * What was said of a person, and where nothing was, what their title says; null stays where the title is not understood. A
 * role follows from the seniority and department that were said, if they were: a "Manager" of the department
 * `procurement` is procurement.
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

import type { Kysely } from 'kysely'
import { type TitleReading, titleReader } from '../../core/facts/titles/read-title.ts'
import type { TitleSpecification } from '../../core/facts/titles/title-specification.ts'
import { countTitles, type TitleCount } from '../../store/facts/contact-titles.ts'
import type { Database } from '../../store/database/tables/schema.ts'

interface ReadTitle extends TitleCount {
  readonly reading: TitleReading
}

export interface TitlesReport {
  readonly titles: number
  readonly contacts: number
  /** Contacts whose title says all three. */
  readonly understood: number
  /** Titles with an unknown part, the most frequent first. */
  readonly unknown: readonly ReadTitle[]
}

/** Counts how stored titles are read. Nothing is guessed: unknown parts are counted. */
export async function reportTitles(db: Kysely<Database>, specification: TitleSpecification): Promise<TitlesReport> {
  const read = titleReader(specification)
  const titles = (await countTitles(db)).map((count) => ({ ...count, reading: read(count.title) }))
  const unknown = titles.filter(({ reading }) => Object.values(reading).includes(null))
  const contacts = total(titles)
  return { titles: titles.length, contacts, understood: contacts - total(unknown), unknown }
}

function total(counts: readonly TitleCount[]): number {
  return counts.reduce((sum, { contacts }) => sum + contacts, 0)
}

import { FIELDS } from '../import/kinds.ts'
import { columnsOf, conditionColumns, isReadable } from '../import/mapped-columns.ts'
import type { CellSource, Mapping } from '../import/mapping.ts'
import { plain } from '../import/reading/plain-text.ts'

export interface KnownMapping {
  /** The system whose rows it reads: `hubspot`. */
  readonly system: string
  /** What the preset is called: `deals`. */
  readonly name: string
  readonly mapping: Mapping
}

/** How well a mapping fits the columns of a file. All shares lie in [0, 1]. */
export interface Likeness extends KnownMapping {
  /** Of the fields that every row needs, the share for which there is a column. 1: the file can be imported. */
  readonly required: number
  /** Of the fields that the mapping can fill, the share for which there is a column. */
  readonly known: number
  /** Of what the known mappings read in these columns, the share that this one reads; a column that few read counts more. */
  readonly explained: number
  /** How many characters of the file's name are what these rows are called: `deal` in `all-deals-2024.csv`. */
  readonly named: number
  /** The fields that every row needs and no column fills. */
  readonly missing: readonly string[]
}

/**
 * Which of the known mappings the columns of a file look like, the best first: those that have all they need come before
 * others, then those that bear the file's name, then the one that reads most of the columns that few mappings read. Mappings
 * that read nothing are left out, and so are those whose rows would not have one of the columns (`never_with`).
 * @param names the header, or `namesOf` the first JSON object; compared without regard to case
 * @param fileName with or without its folders and endings
 */
export function recognise(
  names: readonly string[],
  known: readonly KnownMapping[],
  fileName = '',
): readonly Likeness[] {
  const there = new Set(names.map(plain))
  const mappings = known.filter(({ mapping }) => !mapping.never_with?.some((column) => there.has(plain(column))))
  const words = wordsOfFile(fileName)
  const read = mappings.map((known) => new Set(columnsRead(known.mapping).filter((column) => there.has(column))))
  const readers = new Map<string, number>()
  for (const column of read.flatMap((columns) => [...columns])) readers.set(column, (readers.get(column) ?? 0) + 1)
  const weightOf = (columns: Iterable<string>) =>
    [...columns].reduce((sum, column) => sum + 1 / (readers.get(column) ?? 1), 0)
  const total = weightOf(readers.keys())
  return mappings
    .map((known, index) => ({
      ...known,
      ...fieldsFound(known.mapping, there),
      explained: weightOf(read[index] ?? []) / total,
      named: wordFor(known, words).length,
    }))
    .filter(({ explained }) => explained > 0)
    .toSorted(byLikeness)
}

/** The columns that a JSON object has: its keys, and those of objects within it as dotted paths. */
export function namesOf(object: Readonly<Record<string, unknown>>, depth = MOST_DEPTH): readonly string[] {
  return Object.entries(object).flatMap(([key, value]) =>
    depth > 0 && isObject(value) ? [key, ...namesOf(value, depth - 1).map((name) => `${key}.${name}`)] : [key],
  )
}

/** Of `properties.dealname` there are two levels, of `associations.companies.results` three. */
const MOST_DEPTH = 3

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One spelling for `OpportunityHistory`, `opportunity-history` and `Opportunity Histories`. */
export function plainWord(word: string): string {
  return word
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/ies$/, 'y')
    .replace(/s$/, '')
}

/** Whether a word is the name of a preset, or what the system calls its rows. */
export function isCalled(known: Pick<KnownMapping, 'name' | 'mapping'>, word: string): boolean {
  return wordFor(known, [plainWord(word)]) !== ''
}

export function wordFor({ name, mapping }: Pick<KnownMapping, 'name' | 'mapping'>, words: readonly string[]): string {
  const called = [name, ...(mapping.system_names ?? [])].map(plainWord).filter((known) => words.includes(known))
  return called.toSorted((a, b) => b.length - a.length)[0] ?? ''
}

/** `exports/all-deals-2024.csv.gz`: alldeals2024, all, deals, 2024, and two and three of these together. */
export function wordsOfFile(fileName: string): readonly string[] {
  const [stem = ''] = (fileName.split(/[\\/]/).at(-1) ?? '').split('.')
  const parts = stem.split(/[^a-zA-Z0-9]+/).filter((part) => part !== '')
  const together = [1, 2, 3].flatMap((count) => parts.map((_, at) => parts.slice(at, at + count).join('')))
  return [stem, ...together].map(plainWord)
}

function fieldsFound(mapping: Mapping, there: ReadonlySet<string>): Pick<Likeness, 'required' | 'known' | 'missing'> {
  const has = (column: string) => there.has(plain(column))
  const sourceOf = (field: string): CellSource => mapping.columns[field] ?? field
  const needed = requiredFields(mapping)
  const missing = needed.filter((field) => !isReadable(sourceOf(field), has))
  const mapped = Object.values(mapping.columns).filter((source) => columnsOf(source).length > 0)
  const share = (count: number, of: number) => (of === 0 ? 1 : count / of)
  return {
    required: share(needed.length - missing.length, needed.length),
    known: share(mapped.filter((source) => isReadable(source, has)).length, mapped.length),
    missing,
  }
}

/** The fields that every row needs: rows that only delete need no more than their key. */
export function requiredFields({ kind, columns }: Mapping): readonly string[] {
  const { deleted } = columns
  const deletes = typeof deleted === 'object' && 'constant' in deleted
  return Object.entries(FIELDS[kind])
    .filter(([name, field]) => field.required && name !== 'provider' && !(deletes && field.unlessDeleted))
    .map(([name]) => name)
}

function columnsRead(mapping: Mapping): string[] {
  const fields = Object.keys(mapping.columns).length > 0 ? [] : Object.keys(FIELDS[mapping.kind])
  const conditions = mapping.where.flatMap(conditionColumns)
  return [
    ...new Set([...fields, ...Object.values(mapping.columns).flatMap(columnsOf).flat(), ...conditions].map(plain)),
  ]
}

function byLikeness(a: Likeness, b: Likeness): number {
  return (
    Number(b.missing.length === 0) - Number(a.missing.length === 0) ||
    b.named - a.named ||
    b.explained - a.explained ||
    b.known - a.known ||
    (`${a.system}/${a.name}` < `${b.system}/${b.name}` ? -1 : 1)
  )
}

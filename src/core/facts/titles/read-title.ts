import { partsOfTitle } from './normalise.ts'
import { findPhrases, type Found, indexPhrases, type PhraseIndex } from './phrases.ts'
import { SENIORITIES } from '../import/kinds.ts'
import type { TitleEntry, TitleSpecification } from './title-specification.ts'

/** The fields read from a title; null is unknown, never a guess. */
export interface TitleReading {
  readonly seniority: string | null
  readonly department: string | null
  readonly buyingRole: string | null
}

export type TitleReader = (title: string | null) => TitleReading

const NOTHING: TitleReading = { seniority: null, department: null, buyingRole: null }

/** Size of the cache of read titles: a large CRM has some ten thousand distinct ones. */
const KEPT = 20_000

const READERS = new WeakMap<TitleSpecification, TitleReader>()

/** The reader of a specification; made once for each. */
export function titleReader(specification: TitleSpecification): TitleReader {
  const known = READERS.get(specification)
  if (known) return known
  const reader = makeReader(specification)
  READERS.set(specification, reader)
  return reader
}

function makeReader(specification: TitleSpecification): TitleReader {
  const indexes: Indexes = {
    titles: indexPhrases(specification, specification.titles),
    companyAfter: indexPhrases(specification, [{ words: specification.company_after }]),
    former: indexPhrases(specification, [{ words: specification.former }]),
    notWorking: indexPhrases(specification, [{ words: specification.not_working }]),
  }
  const read = new Map<string, TitleReading>()
  return (title) => {
    if (title === null) return NOTHING
    const kept = read.get(title)
    if (kept) return kept
    if (read.size >= KEPT) read.clear()
    const reading = readParts(partsOfTitle(title, specification), specification, indexes)
    read.set(title, reading)
    return reading
  }
}

interface Indexes {
  readonly titles: PhraseIndex
  readonly companyAfter: PhraseIndex
  readonly former: PhraseIndex
  readonly notWorking: PhraseIndex
}

function readParts(parts: readonly string[], specification: TitleSpecification, indexes: Indexes): TitleReading {
  if (parts.some((part) => findPhrases(part, indexes.notWorking).length > 0)) return NOTHING
  const found: Found[] = []
  for (const part of parts) {
    if (findPhrases(part, indexes.former).length > 0) continue
    const [company] = findPhrases(part, indexes.companyAfter)
    // "Director at Acme" ends before the company; "@Acme" alone names no position.
    found.push(...findPhrases(company ? part.slice(0, company.start).trimEnd() : part, indexes.titles))
    if (company) break
  }
  return decide(found, specification)
}

/**
 * The highest seniority of all that was found, the first of the strongest departments, and the role that belongs to both;
 * an overriding phrase ("assistant to the …") alone decides the fields that it sets.
 */
function decide(found: readonly Found[], specification: TitleSpecification): TitleReading {
  const entries = found.map(({ entry }) => entry)
  const overriding = entries.filter(({ weight }) => weight === 'overriding')
  const levels = (overriding.some(({ seniority }) => seniority) ? overriding : entries).flatMap(
    ({ seniority }) => seniority ?? [],
  )
  const seniority = SENIORITIES.find((level) => levels.includes(level)) ?? null
  const department = departmentOf(entries, seniority)
  const stated = entries.find(
    (entry) => entry.buying_role && entry.seniority === seniority && entry.department === department,
  )
  return { seniority, department, buyingRole: stated?.buying_role ?? roleOf(seniority, department, specification) }
}

/** In "VP Software, Account Executive" the second position is the lesser one: it speaks last. */
function departmentOf(entries: readonly TitleEntry[], seniority: string | null): string | null {
  const named = entries.filter(({ department }) => department)
  const strong = named.filter(({ weight }) => weight !== 'weak')
  const found =
    named.find(({ weight }) => weight === 'overriding') ??
    strong.find((entry) => entry.seniority && entry.seniority === seniority) ??
    strong.find((entry) => !entry.seniority) ??
    named.find((entry) => !entry.seniority || entry.seniority === seniority) ??
    named[0]
  return found?.department ?? null
}

/** The role that people of a seniority and department play; null when no rule speaks of them. */
export function roleOf(
  seniority: string | null,
  department: string | null,
  { buying_roles: rules }: TitleSpecification,
): string | null {
  const among = (value: string | null, allowed: readonly string[] | undefined) =>
    !allowed || (value !== null && allowed.includes(value))
  return (
    rules.find((rule) => among(seniority, rule.seniority) && among(department, rule.department))?.buying_role ?? null
  )
}

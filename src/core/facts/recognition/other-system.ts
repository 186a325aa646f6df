import type { ImportKind } from '../import/kinds.ts'
import { type KnownMapping, type Likeness, recognise } from './recognise.ts'

const GENERIC = 'generic'
/** How many times better another preset has to fit before the one that was named is not believed. */
const CLEARLY = 2
/** Of one system, a file of these is not read as another of them. The other kinds are also read from files of these. */
const RECORDS: readonly ImportKind[] = ['accounts', 'contacts', 'opportunities']

/**
 * What the columns of a file look like, when that is clearly not what the preset is for: another system, or other records.
 * Undefined when they fit the preset.
 */
export function otherThan(
  preset: KnownMapping,
  names: readonly string[],
  known: readonly KnownMapping[],
): Likeness | undefined {
  const found = recognise(names, known)
  const [best] = found
  if (!best || best.missing.length > 0 || isSame(best, preset)) return undefined
  const own = found.find((likeness) => isSame(likeness, preset))
  const areRecords = RECORDS.includes(best.mapping.kind) && RECORDS.includes(preset.mapping.kind)
  if (best.system === preset.system && !areRecords) return undefined
  return own && own.missing.length === 0 && best.explained < own.explained * CLEARLY ? undefined : best
}

/** For a message about a file that cannot be read: the best that has all it needs. Standard names are no system's. */
export function hintOf(names: readonly string[], known: readonly KnownMapping[]): string {
  const [best] = recognise(names, known)
  return best && best.missing.length === 0 && best.system !== GENERIC ? looksLike(best) : ''
}

export function looksLike({ system, name }: KnownMapping): string {
  return `this header looks like ${system} ${name}: --preset ${system} --kind ${name}`
}

function isSame(one: KnownMapping, other: KnownMapping): boolean {
  return one.system === other.system && one.name === other.name
}

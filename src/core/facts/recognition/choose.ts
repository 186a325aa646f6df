import { planRows } from '../import/header.ts'
import { IMPORT_KINDS } from '../import/kinds.ts'
import { columnsOf } from '../import/mapped-columns.ts'
import { standardMapping } from '../import/mapping.ts'
import { type KnownMapping, type Likeness, recognise, wordFor, wordsOfFile } from './recognise.ts'

/** How a file is read, as far as its columns and its name tell. */
export type Choice =
  | { readonly kind: 'fits'; readonly mapping: KnownMapping }
  /** Several fit equally well: somebody has to say which. */
  | { readonly kind: 'several'; readonly mappings: readonly KnownMapping[] }
  /** @param nearest what it looks most like, if it looks like anything */
  | { readonly kind: 'none'; readonly nearest: Likeness | undefined }

export interface Wanted {
  readonly fileName: string
  /** Rows without a source get one, so that a provider need not be in the file. */
  readonly hasDefaultSource: boolean
}

/** The columns bear the standard names of a kind, and no others. */
export const STANDARD = 'standard'
/** It is in a file of the user, by whose path it is called. */
export const OF_FILE = 'mapping'
const GENERIC = 'generic'
/** Fewer columns may be there by chance, such as an id and a name: then the name of the file has to say the same. */
const LEAST_FIELDS = 3

/** Which of the known mappings reads a file: standard names first, then the one that reads most of what few others read. */
export function chooseMapping(names: readonly string[], known: readonly KnownMapping[], wanted: Wanted): Choice {
  const standard = standardMappings().filter(
    ({ mapping }) => planRows(names, mapping, wanted.hasDefaultSource).kind === 'plan',
  )
  if (standard.length > 0) return oneOf(standard, wanted.fileName)
  const found = recognise(names, known, wanted.fileName)
  const fitting = found.filter(
    (one) => one.missing.length === 0 && (one.named > 0 || fieldsFilled(one) >= LEAST_FIELDS),
  )
  const [best] = fitting
  if (!best) return { kind: 'none', nearest: nearestOf(found) }
  const equal = fitting.filter((one) => one.named === best.named && one.explained === best.explained)
  const ofSystems = equal.filter(({ system }) => system !== GENERIC)
  return oneOf(ofSystems.length > 0 ? ofSystems : equal, wanted.fileName)
}

/** The other mappings that a file of this one is read by too: of HubSpot's deals, the one of their people. */
export function alsoReadBy(
  chosen: KnownMapping,
  names: readonly string[],
  known: readonly KnownMapping[],
): readonly KnownMapping[] {
  return known.filter(
    ({ system, mapping }) =>
      system === chosen.system &&
      mapping.also_of?.includes(chosen.name) === true &&
      planRows(names, mapping, false).kind === 'plan',
  )
}

export function standardMappings(): readonly KnownMapping[] {
  return IMPORT_KINDS.map((kind) => ({ system: STANDARD, name: kind, mapping: standardMapping(kind) }))
}

/** `hubspot deals`, or of standard names only what they are. */
export function shownMapping({ system, name }: KnownMapping): string {
  return system === STANDARD ? `${name}, by the standard names` : `${system} ${name}`
}

/** How to ask for it: `--preset hubspot --kind deals`. */
export function optionsFor({ system, name }: KnownMapping): string {
  if (system === OF_FILE) return `--mapping ${name}`
  return system === STANDARD ? `--kind ${name}` : `--preset ${system} --kind ${name}`
}

function oneOf(mappings: readonly KnownMapping[], fileName: string): Choice {
  const words = wordsOfFile(fileName)
  const named = mappings.filter((one) => wordFor(one, words) !== '')
  const left = named.length > 0 ? named : mappings
  const [only] = left
  return only && left.length === 1 ? { kind: 'fits', mapping: only } : { kind: 'several', mappings: left }
}

/** What the file is called, and then what reads most of its columns: also where it lacks what every row needs. */
function nearestOf(found: readonly Likeness[]): Likeness | undefined {
  const [nearest] = found.toSorted((one, other) => other.named - one.named || other.explained - one.explained)
  return nearest
}

function fieldsFilled({ known, mapping }: Likeness): number {
  return Math.round(known * Object.values(mapping.columns).filter((source) => columnsOf(source).length > 0).length)
}

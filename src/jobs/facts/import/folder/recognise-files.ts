import path from 'node:path'
import { IMPORT_KINDS } from '../../../../core/facts/import/kinds.ts'
import {
  alsoReadBy,
  type Choice,
  chooseMapping,
  optionsFor,
  shownMapping,
  STANDARD,
} from '../../../../core/facts/recognition/choose.ts'
import { looksLike, otherThan } from '../../../../core/facts/recognition/other-system.ts'
import { missingFields, shownColumns } from '../../../../core/facts/preview/column-names.ts'
import { isCalled, type KnownMapping, type Likeness, plainWord } from '../../../../core/facts/recognition/recognise.ts'
import { AppError } from '../../../../errors.ts'
import { type FileHead, type HeadOptions, readHead } from '../preview/read-head.ts'
import type { InputFile } from './input-files.ts'

export interface RecognisedFile extends InputFile {
  readonly mapping: KnownMapping
  /** The file is first read as something else, and holds this too. */
  readonly isReadAgain: boolean
}

export interface NotImported {
  readonly file: string
  /** Why it is not, and what to do. */
  readonly reason: string
}

export interface RecognisedFiles {
  /** In the order in which facts need each other. */
  readonly files: readonly RecognisedFile[]
  readonly notImported: readonly NotImported[]
  /** Files that another one is read with, such as Fivetran's deal_company beside deal. */
  readonly companions: readonly string[]
}

export interface RecognitionOptions extends Omit<HeadOptions, 'rows'> {
  /** Every preset, also of other systems: what clearly is another's is not taken for one of these. */
  readonly everyMapping?: readonly KnownMapping[] | undefined
  readonly source?: string | undefined
}

/** What ties others together comes after them, and accounts come before what finds its account by them. */
const ORDER: typeof IMPORT_KINDS = IMPORT_KINDS
const LINKS_PLACE = 0.5
/** Rows that are looked at in a JSON file to find its keys. */
const HEAD_ROWS = 20

/** Finds out how each file is read. A file that nothing fits, or that two fit equally, costs no other. */
export async function recogniseFiles(
  files: readonly InputFile[],
  known: readonly KnownMapping[],
  options: RecognitionOptions,
): Promise<RecognisedFiles> {
  const recognised: (RecognisedFile & { readonly names: readonly string[] })[] = []
  const left: NotImported[] = []
  for (const file of files) {
    const head = await headOf(file.path, options)
    if ('reason' in head) left.push(head)
    else {
      const choice = choiceOf(head, known, options.source)
      const other = choice.kind === 'fits' && ofOtherSystem(choice.mapping, head.names, known, options)
      if (choice.kind !== 'fits') left.push({ file: file.path, reason: whyNot(choice, head, known, options) })
      else if (other) left.push({ file: file.path, reason: looksLike(other) })
      else recognised.push({ ...file, mapping: choice.mapping, isReadAgain: false, names: head.names })
    }
  }
  const isCompanion = companionFinder(recognised)
  // `deal_company` has a column of ids of companies: enough to be taken for companies, all of which it would empty.
  const [companions, own] = partition(recognised, (file) => isCompanion(file.path) && !isNamedWhole(file))
  const again = own.flatMap(({ names, ...file }) =>
    alsoReadBy(file.mapping, names, known).map((mapping) => ({ ...file, mapping, isReadAgain: true })),
  )
  return {
    files: [...own, ...again].toSorted((one, other) => placeOf(one) - placeOf(other)),
    notImported: left.filter(({ file }) => !isCompanion(file)),
    companions: [...companions.map((file) => file.path), ...left.map(({ file }) => file).filter(isCompanion)],
  }
}

/** Only where one system was asked for: else what fits best was chosen from all. Standard names are no system's. */
function ofOtherSystem(
  mapping: KnownMapping,
  names: readonly string[],
  known: readonly KnownMapping[],
  { everyMapping = known }: RecognitionOptions,
): Likeness | undefined {
  const isAsked = known.length < everyMapping.length && mapping.system !== STANDARD
  return isAsked ? otherThan(mapping, names, everyMapping) : undefined
}

/** Whether the whole name of a file is that of its rows, as of `Campaign.csv` and not of `deal_company.csv`. */
function isNamedWhole({ path: file, mapping }: RecognisedFile): boolean {
  return isCalled(mapping, stemOf(file))
}

function stemOf(file: string): string {
  return path.basename(file).split('.')[0] ?? ''
}

function partition<Item>(items: readonly Item[], belongs: (item: Item) => boolean): readonly [Item[], Item[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

export function choiceOf(head: FileHead, known: readonly KnownMapping[], source: string | undefined): Choice {
  return chooseMapping(head.names, known, { fileName: head.path, hasDefaultSource: source !== undefined })
}

/** Names the other system whose file it is, the two that fit equally, or the nearest and what it lacks in the words of its system. */
export function whyNot(
  choice: Exclude<Choice, { readonly kind: 'fits' }>,
  head: FileHead,
  known: readonly KnownMapping[],
  { everyMapping = known, source }: Pick<RecognitionOptions, 'everyMapping' | 'source'>,
): string {
  if (choice.kind === 'none') {
    const ofAll = known.length < everyMapping.length ? choiceOf(head, everyMapping, source) : choice
    return ofAll.kind === 'fits' ? looksLike(ofAll.mapping) : nearestReason(choice.nearest, head.names)
  }
  const [one, ...others] = choice.mappings
  const options = choice.mappings.map(optionsFor).join(' or ')
  return `fits ${[one, ...others].map((mapping) => mapping && shownMapping(mapping)).join(' and ')} equally: import it by itself with ${options}`
}

function nearestReason(nearest: Likeness | undefined, names: readonly string[]): string {
  if (!nearest)
    return `no preset reads any of its columns (${names.slice(0, 5).join(', ')}): write a mapping (--preview --write-mapping), or leave the file out`
  const missing = missingFields(nearest.mapping, names).filter(({ required }) => required)
  const lacks =
    missing.length > 0
      ? `it lacks ${missing.map((field) => `${shownColumns(field)} (${field.field})`).join(', ')}`
      : 'too few of its columns are there to be sure'
  return `nothing fits; nearest is ${shownMapping(nearest)}, but ${lacks}: export these columns, or force it with ${optionsFor(nearest)}`
}

async function headOf(file: string, options: RecognitionOptions): Promise<FileHead | NotImported> {
  try {
    return await readHead(file, { ...options, rows: HEAD_ROWS })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { file, reason: error.message.replace(`${file} `, '') }
  }
}

function placeOf({ mapping: { name, mapping } }: RecognisedFile): number {
  const place = mapping.kind === 'account-links' ? LINKS_PLACE : ORDER.indexOf(mapping.kind)
  return isMerge(name) ? place + LINKS_PLACE / 2 : place
}

/** What was merged has to be there before. */
function isMerge(name: string): boolean {
  return name.endsWith('-merges')
}

function companionFinder(files: readonly RecognisedFile[]): (file: string) => boolean {
  const names = files.flatMap(({ path: file, mapping: { mapping } }) =>
    (mapping.beside ?? []).flatMap((beside) => beside.files.map((name) => `${path.dirname(file)} ${plainWord(name)}`)),
  )
  return (file) => names.includes(`${path.dirname(file)} ${plainWord(stemOf(file))}`)
}

import { FIELDS, IMPORT_KINDS } from '../../../../../core/facts/import/kinds.ts'
import { type Mapping, standardMapping } from '../../../../../core/facts/import/mapping.ts'
import { plainWord } from '../../../../../core/facts/recognition/recognise.ts'
import { AppError } from '../../../../../errors.ts'
import { findPreset } from '../../presets.ts'

/** What the streams of a tap are: each by its name among the files of a system, or among our kinds, or all rows by one mapping. */
export type StreamsBy = { readonly preset: string | undefined } | { readonly mapping: Mapping }

export type StreamMapping =
  | { readonly kind: 'mapping'; readonly mapping: Mapping }
  | { readonly kind: 'passed-over'; readonly reason: string }

const DELETED_AT = '_sdc_deleted_at'
/** What the tap's library adds to each record. */
const METADATA = /^_sdc_/

/** `public-deals`, of a tap that reads a database, is called `deals` too. */
export function mappingOfStream(stream: string, by: StreamsBy): StreamMapping {
  if ('mapping' in by) return { kind: 'mapping', mapping: withDeletion(by.mapping) }
  const names = [...new Set([stream, stream.split(/[-.]/).at(-1) ?? ''])].filter((name) => name !== '')
  for (const name of names) {
    const mapping = presetCalled(by.preset, name)
    if (mapping) return { kind: 'mapping', mapping: withDeletion(mapping) }
  }
  const reason =
    by.preset === undefined
      ? 'no kind has this name, and no system is named by --preset'
      : `${by.preset} has no preset of this name`
  return { kind: 'passed-over', reason }
}

/** The record without what the tap's library has added, but for the instant of a deletion. */
export function ownCells(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const entries = Object.entries(record)
  if (!entries.some(([name]) => METADATA.test(name))) return record
  return Object.fromEntries(
    entries.filter(([name, value]) => !METADATA.test(name) || (name === DELETED_AT && value !== null && value !== '')),
  )
}

function presetCalled(system: string | undefined, name: string): Mapping | undefined {
  if (system === undefined) {
    const kind = IMPORT_KINDS.find((known) => plainWord(known) === plainWord(name))
    return kind && standardMapping(kind)
  }
  try {
    return findPreset(system, name)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** A record with `_sdc_deleted_at` takes its row back, besides what the mapping takes for a deletion. */
function withDeletion(mapping: Mapping): Mapping {
  if (!('deleted' in FIELDS[mapping.kind]) || JSON.stringify(mapping.columns['deleted'] ?? '').includes(DELETED_AT))
    return mapping
  const own = mapping.columns['deleted'] ?? { column: ['deleted', 'is_deleted'] }
  if (typeof own === 'object' && ('row_number' in own || 'hash' in own)) return mapping
  const others = typeof own === 'object' && 'first_of' in own ? own.first_of : [own]
  return {
    ...mapping,
    columns: { ...mapping.columns, deleted: { first_of: [{ column: DELETED_AT, present: true }, ...others] } },
  }
}

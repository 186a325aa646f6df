import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { IMPORT_KINDS, type ImportKind } from '../../../core/facts/import/kinds.ts'
import type { Mapping } from '../../../core/facts/import/mapping.ts'
import { parseMapping } from '../../../core/facts/import/reading/parse-mapping.ts'
import { isCalled, type KnownMapping, plainWord as plain } from '../../../core/facts/recognition/recognise.ts'
import { AppError } from '../../../errors.ts'

export const PRESETS = path.join(import.meta.dirname, '../../../../models/mappings')

export interface Preset {
  /** Of its file: `deals`. */
  readonly name: string
  readonly mapping: Mapping
}

/**
 * The mapping of a system for rows that are named by the CRM's word for them (`deals`, `OpportunityHistory`) or by the kind
 * that the mapping declares (`opportunities`). The word is in `system/word`, or is the kind asked for.
 * @throws AppError ImportRefused naming what there is to choose from
 */
export function findPreset(given: string, kind: string | undefined, folder = PRESETS): Mapping {
  const [system = '', word] = given.split('/')
  const found = readdirSync(folder).find((name) => plain(name) === plain(system))
  if (found === undefined) refuse(`--preset ${given}: expected one of ${readdirSync(folder).join(', ')}`)
  const presets = listPresets(path.join(folder, found))
  const wanted = word ?? kind
  const matches = wanted === undefined ? [] : presetsCalled(presets, wanted)
  const [preset] = matches
  if (preset === undefined || matches.length > 1) {
    const asked = wanted === undefined ? '' : `${wanted} ${preset ? 'are several files' : 'are not among its files'}; `
    refuse(`--preset ${given}: ${asked}say --kind ${(preset ? matches : presets).map(({ name }) => name).join(', ')}`)
  }
  if (word !== undefined && kind !== undefined && !presetsCalled(presets, kind).includes(preset))
    refuse(`--preset ${given} is for ${preset.mapping.kind}, and --kind is ${kind}`)
  return preset.mapping
}

/** Without a preset a kind is one of ours. */
export function kindCalled(word: string): ImportKind {
  const kind = IMPORT_KINDS.find((known) => plain(known) === plain(word))
  if (kind !== undefined) return kind
  const presets = presetsCalled(knownMappings(), word)
  const systems = [...new Set(presets.map(({ system }) => system))]
  const [preset] = presets
  const hint = preset
    ? `: ${systems.join(' and ')} ${systems.length === 1 ? 'calls' : 'call'} ${preset.mapping.kind} so; add --preset ${systems.join(' or ')}`
    : ''
  return refuse(`--kind must be one of ${IMPORT_KINDS.join(', ')}, got "${word}"${hint}`)
}

export function readMapping(file: string): Mapping {
  const result = parseMapping(readJson(file))
  return result.kind === 'mapping'
    ? result.mapping
    : refuse(result.problems.map((found) => `${file}: ${found}`).join('\n'))
}

/** Every preset of every system, to recognise a file by. */
export function knownMappings(folder = PRESETS): readonly KnownMapping[] {
  return readdirSync(folder).flatMap((system) =>
    listPresets(path.join(folder, system)).map((preset) => ({ system, ...preset })),
  )
}

/** The preset that a mapping is, perhaps with options of the command added. */
export function knownPreset(mapping: Mapping, known: readonly KnownMapping[]): KnownMapping | undefined {
  return known.find(
    ({ mapping: { kind, description } }) => kind === mapping.kind && description === mapping.description,
  )
}

function listPresets(folder: string): readonly Preset[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => ({
      name: path.basename(file, '.json'),
      mapping: forEveryExport(readMapping(path.join(folder, file))),
    }))
}

/** What a preset filters by is in some exports of its system, and not in others. */
function forEveryExport(mapping: Mapping): Mapping {
  return { ...mapping, where: mapping.where.map((filter) => ({ ...filter, optional: true })) }
}

/** A word of the system comes first: `stage-history` is one file of Salesforce, and the kind of two. */
function presetsCalled<T extends Preset>(presets: readonly T[], word: string): readonly T[] {
  const called = presets.filter((preset) => isCalled(preset, word))
  return called.length > 0 ? called : presets.filter(({ mapping }) => plain(mapping.kind) === plain(word))
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return refuse(error instanceof SyntaxError ? `${file} is not JSON: ${reason}` : `${file} cannot be read: ${reason}`)
  }
}

function refuse(message: string): never {
  throw new AppError('ImportRefused', message)
}

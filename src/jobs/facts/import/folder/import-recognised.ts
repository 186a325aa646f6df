import type { Pool } from 'pg'
import type { KnownMapping } from '../../../../core/facts/recognition/recognise.ts'
import { STANDARD } from '../../../../core/facts/recognition/choose.ts'
import { type ImportOptions, type ImportSummary, importFiles } from '../import.ts'
import type { RecognisedFile } from './recognise-files.ts'

/** What one file, or several of the same kind, brought. */
export interface RecognisedSummary {
  readonly mapping: KnownMapping
  readonly summary: ImportSummary
  /** Those of its files that were read as something else before. */
  readonly readAgain: readonly string[]
}

export type RecognisedOptions = Omit<ImportOptions, 'kind' | 'files' | 'mapping' | 'isPreset' | 'onProgress'> & {
  /** @param bytes read so far, of all files */
  readonly onProgress?: ((file: string, bytes: number) => void) | undefined
}

/** Imports files in their order, those of one preset together. A dry run checks each group by itself: later ones do not see it. */
export async function importRecognised(
  pool: Pool,
  files: readonly RecognisedFile[],
  { onProgress, ...options }: RecognisedOptions,
): Promise<readonly RecognisedSummary[]> {
  const summaries: RecognisedSummary[] = []
  let before = 0
  for (const group of groupsOf(files)) {
    const [first] = group
    if (!first) continue
    const { mapping: known } = first
    const sizes = new Map(group.map(({ path, bytes }) => [path, bytes]))
    const done = before
    const read = new Map<string, number>()
    const summary = await importFiles(pool, {
      ...options,
      kind: known.mapping.kind,
      files: group.map(({ path }) => path),
      isPreset: known.system !== STANDARD,
      mapping: known.mapping,
      onProgress: ({ file, progress }) => {
        read.set(file, progress * (sizes.get(file) ?? 0))
        onProgress?.(file, done + [...read.values()].reduce((sum, bytes) => sum + bytes, 0))
      },
    })
    before += group.reduce((sum, { bytes }) => sum + bytes, 0)
    const readAgain = group.filter(({ isReadAgain }) => isReadAgain).map(({ path }) => path)
    summaries.push({ mapping: known, summary, readAgain })
  }
  return summaries
}

function groupsOf(files: readonly RecognisedFile[]): readonly (readonly RecognisedFile[])[] {
  return [...Map.groupBy(files, ({ mapping: { system, name } }) => `${system} ${name}`).values()]
}

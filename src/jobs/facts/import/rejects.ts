import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import type { ImportKind } from '../../../core/facts/import/kinds.ts'
import type { RowError } from '../../../core/facts/import/problems.ts'
import { AppError } from '../../../errors.ts'
import { checkOutput, openOutput, type OutputFile, removeOutput } from './output-file.ts'

export interface RejectsFile {
  readonly path: string
  readonly write: (input: string, errors: readonly RowError[]) => Promise<void>
  /** Where nothing was rejected, an earlier run's file is gone. */
  readonly close: () => Promise<void>
}

const HEADER = 'file,line,column,value,reason,message\n'
/** Rejected rows hold what the input held: people's names and addresses. */
const OWNER_ONLY = 0o600

/**
 * One file for all inputs where it is named, else one for each input. None is written or removed before its first row.
 * @param given the name of a file, or a file that the caller closes
 * @throws AppError OptionInvalid where a file would take the place of an input or of anything but earlier rejects
 */
export async function planRejects(
  kind: ImportKind,
  inputs: readonly string[],
  given: string | RejectsFile | undefined,
): Promise<(input: string) => RejectsFile> {
  if (typeof given === 'object') return () => given
  const paths = new Map(inputs.map((input) => [input, given ?? defaultPath(kind, input)]))
  const files = new Map([...new Set(paths.values())].map((file) => [file, rejectsFile(file)]))
  const isOurs = (start: string) => start.startsWith(HEADER)
  for (const file of files.keys()) {
    const rules = { option: '--rejects', inputs, isOurs }
    await checkOutput(file, rules).catch((error: unknown) => failed(file, error))
  }
  return (input) => {
    const file = files.get(paths.get(input) ?? '')
    if (!file) throw new Error(`no file was planned for what ${input} rejects`)
    return file
  }
}

/** Two inputs of one name in two folders have two files, and the same input has the same one again. */
function defaultPath(kind: ImportKind, input: string): string {
  const digest = createHash('sha256').update(path.resolve(input)).digest('hex').slice(0, 8)
  return path.join('rejects', `${kind}-${path.basename(input).replace(/(\.csv)?(\.gz)?$/i, '')}-${digest}.csv`)
}

function rejectsFile(file: string): RejectsFile {
  let output: OutputFile | undefined
  let isClosed = false
  return {
    path: file,
    write: async (input, errors) => {
      if (errors.length === 0) return
      try {
        if (!output) {
          await mkdir(path.dirname(file), { recursive: true })
          output = await openOutput(file, OWNER_ONLY)
          await output.write(HEADER)
        }
        await output.write(linesOf(input, errors))
      } catch (error) {
        failed(file, error)
      }
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      await (output ? output.publish() : removeOutput(file)).catch((error: unknown) => failed(file, error))
    },
  }
}

/** As a spreadsheet may open it: what it would take for a formula begins with an apostrophe. */
function linesOf(input: string, errors: readonly RowError[]): string {
  return stringify(
    errors.map(({ line, column, value, reason, message }) => [input, line, column, value, reason, message]),
    { escape_formulas: true, quoted_match: /[\r\n]/ },
  )
}

function failed(file: string, cause: unknown): never {
  if (cause instanceof AppError) throw cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new AppError(
    'ImportRefused',
    `the rejects file ${file} cannot be written: ${reason}: name another by --rejects`,
    {
      cause,
    },
  )
}

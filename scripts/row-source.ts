import { AppError } from '../src/errors.ts'

/** Where the rows of an import come from, and what goes with it. */
export interface RowSourceOptions {
  readonly from?: string
  readonly query?: string
  readonly sinceColumn?: string
  readonly state?: string
  readonly singer?: boolean
  readonly preview?: boolean
  readonly dryRun?: boolean
  readonly rejects?: string
}

/** @throws AppError ImportRefused for options that do not go together */
export function checkRowSource(options: RowSourceOptions, files: readonly string[]): void {
  const { from, query, sinceColumn, state, singer, preview, dryRun, rejects } = options
  if (singer && (files.length > 0 || from !== undefined || preview || rejects !== undefined))
    refuse('--singer reads standard input: omit files, --from, --preview and --rejects')
  if (from === undefined && (query ?? sinceColumn ?? state) !== undefined)
    refuse('--query, --since-column and --state require --from')
  if (singer) return
  if (from === undefined && files.length === 0)
    refuse('name files or folders to import, a database with --from, or a tap with --singer')
  if (from === undefined) return
  if (files.length > 0) refuse(`--from and files exclude each other, got ${files.join(', ')}`)
  if (query === undefined) refuse('--from goes with --query "select ..."')
  if ((sinceColumn === undefined) !== (state === undefined)) refuse('--since-column and --state require each other')
  if (preview) refuse('--preview reads files only: with --from, use --dry-run, which checks every row and stores none')
  if (dryRun && state !== undefined) refuse('--dry-run keeps no state: leave --state out')
}

function refuse(message: string): never {
  throw new AppError('ImportRefused', message)
}

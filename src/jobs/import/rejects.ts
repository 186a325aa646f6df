import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { RowError } from '../../core/import/problems.ts'

export interface RejectsFile {
  readonly path: string
  readonly write: (errors: readonly RowError[]) => Promise<void>
  readonly close: () => Promise<void>
}

const COLUMNS = ['file', 'line', 'column', 'value', 'reason', 'message']

/** A CSV of rejected rows, made with the first of them: where nothing was rejected, an earlier run's file is gone. */
export async function openRejects(path: string): Promise<{ readonly forFile: (file: string) => RejectsFile }> {
  await rm(path, { force: true })
  let handle: FileHandle | undefined
  const write = async (file: string, errors: readonly RowError[]) => {
    if (errors.length === 0) return
    if (!handle) {
      await mkdir(dirname(path), { recursive: true })
      handle = await open(path, 'w')
      await handle.write(`${COLUMNS.join(',')}\n`)
    }
    await handle.write(errors.map((error) => rejectLine(file, error)).join(''))
  }
  const close = async () => {
    await handle?.close()
    handle = undefined
  }
  return { forFile: (file) => ({ path, write: (errors) => write(file, errors), close }) }
}

function rejectLine(file: string, { line, column, value, reason, message }: RowError): string {
  return `${[file, String(line), column ?? '', value ?? '', reason, message].map(csvCell).join(',')}\n`
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

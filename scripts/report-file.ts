import { stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../src/errors.ts'
import { checkOutput, openOutput } from '../src/jobs/facts/import/output-file.ts'

/** Readable as the umask allows. */
const ANYBODY = 0o666

export interface ReportFile {
  readonly write: (text: string) => Promise<void>
}

/**
 * The output file of a script: checked at the start, written at the end. Without a name nothing is written.
 * @param begins how a report of this kind begins: only such a file is replaced
 * @param inputs the script's other files
 * @throws AppError OptionInvalid when the file cannot be written, or would replace another kind of file
 */
export async function reportFile(
  option: string,
  file: string | undefined,
  begins: RegExp,
  inputs: readonly (string | undefined)[] = [],
): Promise<ReportFile> {
  if (file === undefined) return { write: async () => undefined }
  const folder = await stat(path.dirname(file)).catch(() => undefined)
  if (!folder?.isDirectory()) throw new AppError('OptionInvalid', `${option} ${file}: there is no such folder`)
  await checkOutput(file, {
    option,
    inputs: inputs.filter((input) => input !== undefined),
    isOurs: (start) => begins.test(start),
  })
  return {
    write: async (text) => {
      const output = await openOutput(file, ANYBODY)
      await output.write(text)
      await output.publish()
    },
  }
}

export async function writeJson(file: ReportFile, value: unknown): Promise<void> {
  await file.write(`${JSON.stringify(value, null, 2)}\n`)
}

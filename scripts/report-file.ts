import { stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../src/errors.ts'
import { checkOutput, openOutput } from '../src/jobs/facts/import/output-file.ts'

/** As other files that a program makes: the umask decides who reads it. */
const ANYBODY = 0o666

export interface ReportFile {
  readonly write: (text: string) => Promise<void>
}

/**
 * A file that a script writes when it is done, checked before it begins. Nothing is written where no file was asked for.
 * @param begins what an earlier report of the same kind begins with: nothing else is replaced
 * @param inputs files that the script reads, or writes too
 * @throws AppError OptionInvalid when the file cannot be written, or something would be lost
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

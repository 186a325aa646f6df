import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '../../../../errors.ts'

export interface InputFiles {
  readonly files: readonly InputFile[]
  /** What lies in a folder and is no table: named, and not read. */
  readonly passedOver: readonly string[]
}

export interface InputFile {
  readonly path: string
  readonly bytes: number
}

const TABLE = /\.(?:(?:csv|tsv|txt|json|jsonl|ndjson)(?:\.gz)?|parquet|xlsx|xlsm)$/i

/** The files named, and the tables of the folders named. Folders within are passed over. */
export async function inputFiles(places: readonly string[]): Promise<InputFiles> {
  const files: InputFile[] = []
  const passedOver: string[] = []
  for (const place of places) {
    const found = await stat(place).catch(cannotBeRead(place))
    if (!found.isDirectory()) {
      files.push({ path: place, bytes: found.size })
      continue
    }
    const entries = await readdir(place, { withFileTypes: true }).catch(cannotBeRead(place))
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      const file = path.join(place, entry.name)
      const own = entry.isDirectory() ? undefined : await stat(file).catch(cannotBeRead(file))
      if (own?.isFile() && TABLE.test(entry.name)) files.push({ path: file, bytes: own.size })
      else passedOver.push(entry.isDirectory() ? `${file}${path.sep}` : file)
    }
  }
  return { files, passedOver }
}

function cannotBeRead(place: string): (error: unknown) => never {
  return (cause) => {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'there is no such file' : String(cause)
    throw new AppError('ImportRefused', `${place} cannot be read: ${reason}`, { cause })
  }
}

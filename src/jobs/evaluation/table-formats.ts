import { open } from 'node:fs/promises'
import { AppError } from '../../errors.ts'

interface OtherFormat {
  readonly name: string
  /** The first bytes, as hex. */
  readonly begins: string
  readonly extension: RegExp
  readonly wayOut: string
}

/** Files of tables that are not text, and how to make a CSV file of each. */
const OTHER_FORMATS: readonly OtherFormat[] = [
  {
    name: 'a Parquet file',
    begins: '50415231',
    extension: /\.parquet$/i,
    wayOut: `write it as CSV first, for example by duckdb -c "copy (from 'FILE.parquet') to 'FILE.csv' (header)"`,
  },
]

/** @throws AppError ImportRefused naming the format and the way out */
export async function refuseOtherFormats(path: string): Promise<void> {
  const start = await firstBytes(path)
  const format =
    OTHER_FORMATS.find(({ begins }) => start.startsWith(begins)) ??
    OTHER_FORMATS.find(({ extension }) => extension.test(path))
  if (format) throw new AppError('ImportRefused', `${path} is ${format.name}, and only CSV is read: ${format.wayOut}`)
}

async function firstBytes(path: string): Promise<string> {
  const handle = await open(path).catch((error: unknown) => {
    throw new AppError(
      'ImportRefused',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  })
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return buffer.subarray(0, bytesRead).toString('hex')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('ImportRefused', `${path} cannot be read: ${reason}`, { cause: error })
  } finally {
    await handle.close()
  }
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type AdapterName, Mapping } from '../../../core/delivery/write-back/mapping.ts'
import { AppError } from '../../../errors.ts'

const FOLDER = new URL('../../../../models/write-back/', import.meta.url)

/** @throws AppError SpecificationInvalid with the file, the path in it and the problem */
export function loadMapping(adapter: AdapterName, file = fileURLToPath(new URL(`${adapter}.json`, FOLDER))): Mapping {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new AppError('SpecificationInvalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  const parsed = Mapping.safeParse(json)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map(({ path, message, ...issue }) => {
    const said = issue.code === 'invalid_union' ? innerMessage(issue.errors) : message
    return `${file}: ${path.map(String).join('.') || 'the file'}: ${said}`
  })
  throw new AppError('SpecificationInvalid', lines.join('\n'))
}

/** The problem of the form of the property that was probably meant. */
function innerMessage(errors: readonly (readonly { readonly message: string; readonly code: string }[])[]): string {
  const meant =
    errors.find((issues) => issues.every(({ message }) => !message.startsWith('Invalid input'))) ?? errors[0]
  return (meant ?? []).map(({ message }) => message).join('; ')
}

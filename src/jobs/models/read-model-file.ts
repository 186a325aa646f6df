import { readFileSync } from 'node:fs'
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'

/** What is wrong at a place of a JSON file. */
export interface PlacedProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/**
 * A file of `models/`, or one like it.
 * @throws AppError SpecificationInvalid when it is missing, is not JSON, or does not fit the schema: with file, line and place
 */
export function readChecked<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> {
  return readCheckedText(file, schema).value
}

/** The same, with the text: for what can be checked only against other things, and is told of by `invalidFile`. */
export function readCheckedText<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): { readonly value: z.infer<Schema>; readonly text: string } {
  let text: string
  let json: unknown
  try {
    text = readFileSync(file, 'utf8')
    json = JSON.parse(text)
  } catch (error) {
    throw new AppError('SpecificationInvalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return { value: parsed.data, text }
  throw invalidFile(file, text, parsed.error.issues.flatMap(placed))
}

/** One line for each, as `models/segments.json:12: segments.1.filter.field: unknown field …`. */
export function invalidFile(file: string, text: string, problems: readonly PlacedProblem[]): AppError {
  const root = parseTree(text)
  const lines = problems.map(
    ({ path, message }) =>
      `${file}:${lineOf(text, root, path)}: ${path.map(String).join('.') || 'the file'}: ${message}`,
  )
  return new AppError('SpecificationInvalid', lines.join('\n'))
}

/** A key that nobody knows stands in the file, under the place that is complained of. */
function placed(issue: z.core.$ZodIssue): readonly PlacedProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }]
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }))
}

/** The line of a place, or of the nearest place around it: what is missing has none of its own. */
function lineOf(text: string, root: Node | undefined, path: readonly PropertyKey[]): number {
  const parts = path.filter((part) => typeof part !== 'symbol')
  for (let length = parts.length; root && length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, parts.slice(0, length))
    if (node) return text.slice(0, node.offset).split('\n').length
  }
  return 1
}

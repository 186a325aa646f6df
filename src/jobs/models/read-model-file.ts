import { readFileSync } from 'node:fs'
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import type { z } from 'zod'
import { AppError } from '../../errors.ts'

export interface PlacedProblem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** @throws AppError SpecificationInvalid with file, line and path, when the file is missing, is not JSON or does not fit the schema */
export function readChecked<Schema extends z.ZodType>(file: string, schema: Schema): z.infer<Schema> {
  return readCheckedText(file, schema).value
}

/** Also returns the text, from which `invalidFile` finds the line of a problem that the schema cannot express. */
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

/** One line per problem, such as `models/segments.json:12: segments.1.filter.field: unknown field …`. */
export function invalidFile(file: string, text: string, problems: readonly PlacedProblem[]): AppError {
  const root = parseTree(text)
  const lines = problems.map(
    ({ path, message }) =>
      `${file}:${lineOf(text, root, path)}: ${path.map(String).join('.') || 'the file'}: ${message}`,
  )
  return new AppError('SpecificationInvalid', lines.join('\n'))
}

/** The issue of an unknown key has the path of its parent: the key is added. */
function placed(issue: z.core.$ZodIssue): readonly PlacedProblem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }]
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }))
}

/** The line of a path, or of its nearest parent that exists. */
function lineOf(text: string, root: Node | undefined, path: readonly PropertyKey[]): number {
  const parts = path.filter((part) => typeof part !== 'symbol')
  for (let length = parts.length; root && length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, parts.slice(0, length))
    if (node) return text.slice(0, node.offset).split('\n').length
  }
  return 1
}

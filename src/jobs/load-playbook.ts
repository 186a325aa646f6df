import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser'
import type { Kysely } from 'kysely'
import { type NameProblem, unknownPlaybookNames } from '../core/playbook/check-names.ts'
import { Playbook } from '../core/playbook/playbook.ts'
import { AppError } from '../errors.ts'
import { readVocabulary } from '../store/histories.ts'
import type { Database } from '../store/schema.ts'

const FILE = fileURLToPath(new URL('../../models/playbook.json', import.meta.url))

/** @throws AppError SpecificationInvalid naming the file, the line, the place in it and what is wrong there */
export function loadPlaybook(file = FILE): Playbook {
  return readPlaybook(file).playbook
}

/**
 * The same, and whether the data knows every kind and topic that it names.
 * @throws AppError SpecificationInvalid
 */
export async function loadCheckedPlaybook(db: Kysely<Database>, file = FILE): Promise<Playbook> {
  const { playbook, text } = readPlaybook(file)
  const problems = unknownPlaybookNames(playbook, await readVocabulary(db))
  if (problems.length > 0) throw invalid(file, text, problems)
  return playbook
}

function readPlaybook(file: string): { readonly playbook: Playbook; readonly text: string } {
  let text: string
  let json: unknown
  try {
    text = readFileSync(file, 'utf8')
    json = JSON.parse(text)
  } catch (error) {
    throw new AppError('SpecificationInvalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
  const parsed = Playbook.safeParse(json)
  if (parsed.success) return { playbook: parsed.data, text }
  const problems = parsed.error.issues.map((issue) => ({
    // What is not known stands in the file, under the place that is complained of.
    path: [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [])].map((part) =>
      typeof part === 'number' ? part : String(part),
    ),
    message: issue.message,
  }))
  throw invalid(file, text, problems)
}

function invalid(file: string, text: string, problems: readonly NameProblem[]): AppError {
  const root = parseTree(text)
  const lines = problems.map(({ path, message }) => {
    const where = path.length > 0 ? path.join('.') : 'the file'
    return `${file}:${lineOf(text, root, path)}: ${where}: ${message}`
  })
  return new AppError('SpecificationInvalid', lines.join('\n'))
}

/** The line of a place, or of the nearest place around it: what is missing has none of its own. */
function lineOf(text: string, root: Node | undefined, path: NameProblem['path']): number {
  for (let length = path.length; root && length >= 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node) return text.slice(0, node.offset).split('\n').length
  }
  return 1
}

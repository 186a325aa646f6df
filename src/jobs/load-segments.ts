import { findNodeAtLocation, parseTree } from 'jsonc-parser'
import type { Kysely } from 'kysely'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Policy } from '../core/qualification/policy.ts'
import { type NamedDefinition, readDefinition, SegmentFile } from '../core/segments/segment.ts'
import { AppError } from '../errors.ts'
import type { Database } from '../store/schema.ts'
import { findSegment, listSegments, lockSegments, writeRevision } from '../store/segments.ts'
import { inTransaction } from '../store/transactions.ts'
import { isSame, namesFor } from './segments.ts'

const FILE = fileURLToPath(new URL('../../models/segments.json', import.meta.url))
const ALL = 100_000

/**
 * Brings the segments of `models/segments.json` into force: what is new or another than before gets a new revision, what is
 * there no more is deleted, and a name that the API used before is the file's from now on. Without a change nothing is
 * written.
 * @throws AppError SpecificationInvalid naming the file, the line, the place and what is wrong there
 * @returns the names of those that changed
 */
export async function bringFileSegmentsIntoForce(
  db: Kysely<Database>,
  policy: Policy,
  file = FILE,
): Promise<readonly string[]> {
  const definitions = await readSegmentFile(db, policy, file)
  return await inTransaction(db, async (transaction) => {
    await lockSegments(transaction)
    const changed: string[] = []
    for (const { name, ...definition } of definitions) {
      const present = await findSegment(transaction, name)
      if (present?.source === 'file' && isSame(present, definition)) continue
      await writeRevision(transaction, name, 'file', definition, null)
      changed.push(name)
    }
    const kept = new Set(definitions.map(({ name }) => name))
    for (const { name, source } of await listSegments(transaction, { limit: ALL })) {
      if (source !== 'file' || kept.has(name)) continue
      await writeRevision(transaction, name, 'file', null, null)
      changed.push(name)
    }
    return changed
  })
}

async function readSegmentFile(
  db: Kysely<Database>,
  policy: Policy,
  file: string,
): Promise<readonly NamedDefinition[]> {
  const text = readText(file)
  const parsed = SegmentFile.safeParse(parseJson(text, file))
  if (!parsed.success) {
    throw refusal(
      file,
      text,
      parsed.error.issues.flatMap(({ path, ...issue }) =>
        issue.code === 'unrecognized_keys'
          ? issue.keys.map((key) => ({ path: [...path, key], message: 'unknown key' }))
          : [{ path, message: issue.message }],
      ),
    )
  }
  const { segments } = parsed.data
  const names = await namesFor(db, policy, segments)
  const read = segments.map(({ name, ...written }) => ({ name, read: readDefinition(written, names) }))
  const problems = read.flatMap(({ read: one }, index) =>
    one.kind === 'refused'
      ? one.problems.map(({ path, message }) => ({ path: ['segments', index, ...path], message }))
      : [],
  )
  if (problems.length > 0) throw refusal(file, text, problems)
  return read.flatMap(({ name, read: one }) => (one.kind === 'read' ? [{ name, ...one.definition }] : []))
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new AppError('SpecificationInvalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AppError('SpecificationInvalid', `${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}

/** One line each, as `models/segments.json:12: segments.1.filter.field: unknown field …`. */
function refusal(
  file: string,
  text: string,
  problems: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): AppError {
  const tree = parseTree(text)
  const lineOf = (path: readonly PropertyKey[]): number => {
    const node =
      tree &&
      findNodeAtLocation(
        tree,
        path.filter((part) => typeof part !== 'symbol'),
      )
    // What is missing is told of at the place where it is missing.
    return node || path.length === 0 ? text.slice(0, node?.offset ?? 0).split('\n').length : lineOf(path.slice(0, -1))
  }
  const lines = problems.map(
    ({ path, message }) => `${file}:${lineOf(path)}: ${path.map(String).join('.') || 'the file'}: ${message}`,
  )
  return new AppError('SpecificationInvalid', lines.join('\n'))
}

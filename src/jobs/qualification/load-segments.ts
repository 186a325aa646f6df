import type { Kysely } from 'kysely'
import { fileURLToPath } from 'node:url'
import type { Policy } from '../../core/qualification/policy.ts'
import { type NamedDefinition, readDefinition, SegmentFile } from '../../core/qualification/segments/segment.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { findSegment, listSegments, lockSegments, writeRevision } from '../../store/qualification/segments.ts'
import { inTransaction } from '../../store/database/transactions.ts'
import { invalidFile, readCheckedText } from '../models/read-model-file.ts'
import { isSame, namesFor } from './segments.ts'

const FILE = fileURLToPath(new URL('../../../models/segments.json', import.meta.url))
const ALL = 100_000

/**
 * Stores the segments of `models/segments.json`: a new or changed segment gets a new revision, and a segment that is no longer in the
 * file is deleted. The file takes over a name that the API used. Writes nothing when nothing has changed.
 * @throws AppError SpecificationInvalid with the file, the line, the path in it and the problem
 * @returns the names of the changed segments
 */
export async function storeFileSegments(db: Kysely<Database>, policy: Policy, file = FILE): Promise<readonly string[]> {
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
  const { value, text } = readCheckedText(file, SegmentFile)
  const { segments } = value
  const names = await namesFor(db, policy, segments)
  const read = segments.map(({ name, ...written }) => ({ name, read: readDefinition(written, names) }))
  const problems = read.flatMap(({ read: one }, index) =>
    one.kind === 'refused'
      ? one.problems.map(({ path, message }) => ({ path: ['segments', index, ...path], message }))
      : [],
  )
  if (problems.length > 0) throw invalidFile(file, text, problems)
  return read.flatMap(({ name, read: one }) => (one.kind === 'read' ? [{ name, ...one.definition }] : []))
}

import type { Kysely } from 'kysely'
import { isDeepStrictEqual } from 'node:util'
import { STANDARD_VOCABULARY } from '../../core/features/check-specification.ts'
import type { Policy } from '../../core/qualification/policy.ts'
import type { Names } from '../../core/qualification/segments/fields.ts'
import { type FilterProblem, tooManyConditions } from '../../core/qualification/segments/filter-problems.ts'
import {
  attributeKinds,
  MOST_SEGMENTS,
  namedAttributes,
  type ReadDefinition,
  readDefinition,
  refusedFilter,
  type SegmentDefinition,
  type WrittenDefinition,
} from '../../core/qualification/segments/segment.ts'
import { readVocabulary } from '../../store/features/opportunity-histories.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import {
  listMembers,
  listMembersAt,
  type MemberQuery,
  type SegmentMember,
} from '../../store/qualification/segment-members.ts'
import {
  findSegment,
  listAttributeKinds,
  listRevisions,
  lockSegments,
  type StoredSegment,
  wasSegment,
  writeRevision,
} from '../../store/qualification/segments.ts'
import { listScoresAt } from '../../store/scoring/score-history.ts'
import type { Instant } from '../../core/base/time.ts'

/** Attribute names that a mistyped name is compared with. */
const MOST_SUGGESTED = 2000

/** The names that these filters may use: the policy's motions, and the attributes in the data. */
export async function namesFor(
  db: Kysely<Database>,
  policy: Policy,
  written: readonly Pick<WrittenDefinition, 'filter'>[],
): Promise<Names> {
  const named = [...new Set(written.flatMap(({ filter }) => namedAttributes(filter)))]
  const observed = await listAttributeKinds(db, named)
  const standard = STANDARD_VOCABULARY.fields
  const attributes = new Map(attributeKinds(standard, observed))
  const unseen = named.filter((name) => !attributes.has(name))
  if (unseen.length > 0) {
    // Reads all names only for an unknown one. Before the first import every name is accepted.
    const { fields } = await readVocabulary(db)
    for (const name of fields.length === 0 ? unseen : fields.slice(0, MOST_SUGGESTED)) {
      if (!attributes.has(name)) attributes.set(name, { kind: 'any' })
    }
  }
  return { motions: Object.keys(policy.motions), attributes }
}

export type SegmentOutcome =
  | { readonly kind: 'stored'; readonly segment: StoredSegment }
  | { readonly kind: 'refused'; readonly problems: readonly FilterProblem[] }
  | { readonly kind: 'exists' | 'not_found' | 'of_file' | 'too_many' }

export interface SegmentWrite {
  readonly policy: Policy
  readonly name: string
  readonly written: WrittenDefinition
  /** The author. */
  readonly actor: string
}

async function readWritten(
  db: Kysely<Database>,
  { policy, written }: Pick<SegmentWrite, 'policy' | 'written'>,
): Promise<ReadDefinition> {
  const tooMany = tooManyConditions(written.filter)
  return tooMany ? refusedFilter([tooMany]) : readDefinition(written, await namesFor(db, policy, [written]))
}

/** Creates a segment in the caller's transaction. The worker evaluates its members. */
export async function createSegment(transaction: Kysely<Database>, write: SegmentWrite): Promise<SegmentOutcome> {
  const { name, actor } = write
  const read = await readWritten(transaction, write)
  if (read.kind === 'refused') return read
  await lockSegments(transaction)
  if (await findSegment(transaction, name)) return { kind: 'exists' }
  const present = (await listRevisions(transaction)).filter(({ definition }) => definition !== null)
  if (present.length >= MOST_SEGMENTS) return { kind: 'too_many' }
  await writeRevision(transaction, name, 'api', read.definition, actor)
  return await stored(transaction, name)
}

/** Replaces a segment's definition. An equal definition changes nothing. */
export async function replaceSegment(transaction: Kysely<Database>, write: SegmentWrite): Promise<SegmentOutcome> {
  const { name, actor } = write
  const read = await readWritten(transaction, write)
  if (read.kind === 'refused') return read
  await lockSegments(transaction)
  const present = await findSegment(transaction, name)
  if (!present) return { kind: 'not_found' }
  if (present.source === 'file') return { kind: 'of_file' }
  if (!isSame(present, read.definition)) await writeRevision(transaction, name, 'api', read.definition, actor)
  return await stored(transaction, name)
}

/** @returns the deleted segment */
export async function deleteSegment(
  transaction: Kysely<Database>,
  { name, actor }: Pick<SegmentWrite, 'name' | 'actor'>,
): Promise<SegmentOutcome> {
  await lockSegments(transaction)
  const present = await findSegment(transaction, name)
  if (!present) return { kind: 'not_found' }
  if (present.source === 'file') return { kind: 'of_file' }
  await writeRevision(transaction, name, 'api', null, actor)
  return { kind: 'stored', segment: present }
}

async function stored(transaction: Kysely<Database>, name: string): Promise<SegmentOutcome> {
  const segment = await findSegment(transaction, name)
  if (!segment) throw new Error(`segment "${name}" was just written and must be there`)
  return { kind: 'stored', segment }
}

/** Ignores the order of keys, which `jsonb` does not keep. */
export function isSame(one: SegmentDefinition, other: SegmentDefinition): boolean {
  const part = ({ title, description, filter }: SegmentDefinition) => ({ title, description, filter })
  return isDeepStrictEqual(part(one), part(other))
}

/** The members of a segment now, or as stored at an instant. @returns undefined when the segment does not, or did not, exist */
export async function listSegmentMembers(
  db: Kysely<Database>,
  name: string,
  query: MemberQuery & { readonly at?: Instant | undefined },
): Promise<readonly SegmentMember[] | undefined> {
  const { at } = query
  if (at === undefined) return (await findSegment(db, name)) && (await listMembers(db, name, query))
  if (!(await wasSegment(db, name, at))) return undefined
  const members = await listMembersAt(db, name, at, query)
  const ids = members.map(({ accountId }) => accountId)
  const scores = new Map((await listScoresAt(db, ids, at)).map((found) => [found.accountId, found]))
  return members.flatMap(({ accountId, since }): SegmentMember[] => {
    const found = scores.get(accountId)
    if (!found) return []
    const { score, storedAt: scoredAt } = found
    return [{ accountId, externalId: score.account_external_id ?? '', since, score, scoredAt }]
  })
}

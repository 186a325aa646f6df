import { z } from 'zod'
import { WITHOUT_SECRETS } from '../../base/secrets.ts'
import { ATTRIBUTE_PREFIX, type FieldKind, type Names } from './fields.ts'
import { type Filter, isStorable, WrittenFilter } from './filter.ts'
import { type FilterProblem, readFilter } from './filter-problems.ts'

export const SegmentName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,59}$/, 'must be 1 to 60 lower case letters, digits and -, beginning with a letter')

/** Text without surrounding spaces. */
const text = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(isStorable, 'must be text without NUL')
    .refine(...WITHOUT_SECRETS)
    .meta({ pattern: '\\S' })

const definition = {
  title: text(100),
  description: text(1000).optional(),
  filter: WrittenFilter,
}

/** A segment without its name; the filter is not yet checked. */
export const WrittenDefinition = z.strictObject(definition)
export type WrittenDefinition = z.infer<typeof WrittenDefinition>

export const MOST_SEGMENTS = 200

/** `models/segments.json`. */
export const SegmentFile = z.strictObject({
  $comment: z.string().optional(),
  segments: z
    .array(z.strictObject({ name: SegmentName, ...definition }))
    .max(MOST_SEGMENTS)
    .superRefine((segments, context) => {
      segments.forEach(({ name }, index) => {
        const first = segments.findIndex((segment) => segment.name === name)
        if (first === index) return
        context.addIssue({ code: 'custom', path: [index, 'name'], message: `"${name}" is defined twice` })
      })
    }),
})
export type SegmentFile = z.infer<typeof SegmentFile>

export interface SegmentDefinition {
  readonly title: string
  readonly description: string | null
  readonly filter: Filter
}

export interface NamedDefinition extends SegmentDefinition {
  readonly name: string
}

export type ReadDefinition =
  | { readonly kind: 'read'; readonly definition: SegmentDefinition }
  | { readonly kind: 'refused'; readonly problems: readonly FilterProblem[] }

export function readDefinition(written: WrittenDefinition, names: Names): ReadDefinition {
  const read = readFilter(written.filter, names)
  if (read.problems) return refusedFilter(read.problems)
  const { title, description = null } = written
  return { kind: 'read', definition: { title, description, filter: read.filter } }
}

export function refusedFilter(found: readonly FilterProblem[]): Extract<ReadDefinition, { kind: 'refused' }> {
  return { kind: 'refused', problems: found.map(({ path, message }) => ({ path: ['filter', ...path], message })) }
}

/** The attribute names of a filter, without prefix. */
export function namedAttributes({ all = [], any = [], not, field }: WrittenFilter): readonly string[] {
  const inner = [...all, ...any, ...(not ? [not] : [])].flatMap(namedAttributes)
  return field?.startsWith(ATTRIBUTE_PREFIX) ? [field.slice(ATTRIBUTE_PREFIX.length), ...inner] : inner
}

/** The names in stored filters. They were checked before; the types of attributes follow from their operators. */
export function storedNames(definitions: readonly SegmentDefinition[], motions: readonly string[]): Names {
  const attributes = definitions.flatMap(({ filter }) => namedAttributes(filter))
  return { motions, attributes: new Map(attributes.map((name) => [name, { kind: 'any' }] as const)) }
}

const STANDARD_KINDS: Readonly<Record<string, FieldKind['kind']>> = {
  employees: 'number',
  revenue_usd: 'number',
  in_crm: 'boolean',
  technologies: 'list',
}

/**
 * The type of each attribute.
 * @param standard names that are always allowed, even without data
 * @param observed the types in the data, by name
 */
export function attributeKinds(
  standard: readonly string[],
  observed: ReadonlyMap<string, readonly FieldKind['kind'][]>,
): ReadonlyMap<string, FieldKind> {
  const kinds = new Map<string, FieldKind>()
  for (const name of [...standard, ...observed.keys()]) {
    const [one, another] = observed.get(name) ?? []
    const said = STANDARD_KINDS[name] ?? (standard.includes(name) ? 'text' : another === undefined ? one : undefined)
    kinds.set(name, kindOf(said ?? 'any'))
  }
  return kinds
}

function kindOf(kind: FieldKind['kind']): FieldKind {
  if (kind === 'number') return { kind, min: Number.NEGATIVE_INFINITY }
  return kind === 'ordered' || kind === 'choice' ? { kind: 'text' } : { kind }
}

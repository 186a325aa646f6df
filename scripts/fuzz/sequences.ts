import fc from 'fast-check'
import { rightRequest } from './requests/cases.ts'
import type { FuzzRequest } from './requests/request.ts'
import type { Answer } from './conformance.ts'
import { type Operation, patternOf } from './document.ts'
import { fitOf, jsonOf } from './evaluate-answer.ts'
import { concrete, hashOf } from './concrete.ts'
import type { FuzzOptions, Fuzz } from './context.ts'

/** Things that are made by a POST and then have a path of their own. */
interface Resource {
  readonly create: Operation
  /** Of one of them, such as `/v1/api-keys/{id}`. */
  readonly path: string
  readonly read: Operation | undefined
  /** All that can be done with one of them, deletion included. */
  readonly uses: readonly Operation[]
}

interface Sequence {
  readonly create: FuzzRequest
  readonly uses: readonly { readonly operation: Operation; readonly request: FuzzRequest }[]
}

const MOST_USES = 6
const CASES_PER_SEQUENCE = 10

/** Create, use, delete, use: a created object exists, a deleted one does not. @returns how many sequences ran */
export async function runSequences(context: Fuzz, chosen: readonly Operation[], options: FuzzOptions): Promise<number> {
  const resources = resourcesOf(context.operations).filter(({ create }) => chosen.includes(create))
  const each = Math.max(1, Math.ceil(options.cases / CASES_PER_SEQUENCE))
  for (const resource of resources) {
    const seed = options.seed * 1009 + hashOf(resource.path)
    const drawn = fc.sample(sequencesOf(context, resource), { numRuns: each, seed })
    for (const sequence of drawn) await runSequence(context, resource, sequence)
    options.progress?.(`${resource.path}: ${drawn.length} sequences of ${resource.uses.map(({ id }) => id).join(', ')}`)
  }
  return resources.length * each
}

/** Found by their paths: a POST to a collection, and calls below `collection/{id}`. */
export function resourcesOf(operations: readonly Operation[]): readonly Resource[] {
  return operations.flatMap((create) => {
    if (create.method !== 'POST' && create.method !== 'PUT') return []
    const path = operations.map((other) => other.path).find((other) => isMemberOf(create.path, other))
    if (path === undefined) return []
    const uses = operations.filter((other) => other.path === path || other.path.startsWith(`${path}/`))
    const read = uses.find((other) => other.method === 'GET' && other.path === path)
    return read || uses.some(({ method }) => method === 'DELETE') ? { create, path, read, uses } : []
  })
}

function isMemberOf(collection: string, path: string): boolean {
  return path.startsWith(`${collection}/{`) && path.indexOf('}') === path.length - 1
}

function sequencesOf({ document, operations }: Fuzz, { create, uses }: Resource): fc.Arbitrary<Sequence> {
  const use = fc.oneof(
    ...uses.map((operation) =>
      rightRequest(document, operation, operations).map((request) => ({ operation, request })),
    ),
  )
  return fc.record({
    create: rightRequest(document, create, operations),
    uses: fc.array(use, { minLength: 1, maxLength: MOST_USES }),
  })
}

async function runSequence(context: Fuzz, { create, path, read, uses }: Resource, sequence: Sequence): Promise<void> {
  const made = await context.send(create, 'sequence', concrete(context, create, sequence.create))
  // A conflict names the existing object: the sequence goes on with that.
  const id = idOf(path, made)
  if (id === undefined) return
  const isNew = made.status < 300
  const said: string[] = [`${create.id} ${made.status}`]
  const at = async (operation: Operation, request: FuzzRequest) => {
    const sent = concrete(context, operation, { ...request, path: { ...request.path, ...id } })
    const answer = await context.send(operation, 'sequence', sent)
    said.push(`${operation.id} ${answer.status}`)
    return { answer, fit: fitOf(context, operation, sent) }
  }
  const say = (operation: Operation, fault: string) =>
    context.found({
      operation: operation.id,
      kind: 'sequence',
      fault,
      request: `${said.join(', ')} of ${JSON.stringify(id)}`,
    })
  const plain: FuzzRequest = { method: 'GET', path: {}, query: [], headers: {}, body: undefined, auth: 'full' }
  if (read && isNew && (await at(read, plain)).answer.status !== 200) say(read, 'what was just made is not there')
  let isDeleted = false
  for (const { operation, request } of [...sequence.uses, ...lastUses(uses, plain)]) {
    const { answer } = await at(operation, request)
    const isGone = answer.status === 404 || answer.status === 410 || answer.status === 409
    if (isDeleted && answer.status < 400) say(operation, `what was deleted is answered ${answer.status}`)
    if (isDeleted && operation === read && !isGone) say(operation, `what was deleted is answered ${answer.status}`)
    if (!isDeleted && operation === read && request === plain && answer.status !== 200)
      say(operation, `what is there is answered ${answer.status}`)
    if (operation.method === 'DELETE' && operation.path === path && answer.status < 300) isDeleted = true
  }
}

/** However the draw fell, each sequence ends with reading, deletion where there is one, reading and deletion again. */
function lastUses(uses: readonly Operation[], plain: FuzzRequest) {
  const read = uses.filter(({ method, path }) => method === 'GET' && !path.replace(/\{[^}]+\}$/, '').includes('{'))
  const remove = uses.filter(({ method }) => method === 'DELETE')
  return [...read, ...remove, ...read, ...remove].map((operation) => ({
    operation,
    request: operation.method === 'GET' ? plain : { ...plain, method: operation.method },
  }))
}

/** From `Location`, else from the field of the answer with the parameter's name. */
function idOf(path: string, { status, headers, body }: Answer): Readonly<Record<string, string>> | undefined {
  const name = /\{([^}]+)\}$/.exec(path)?.[1]
  if (name === undefined || status >= 500) return undefined
  const location = headers['location'] === undefined ? undefined : String(headers['location'])
  if (location !== undefined && patternOf(path).test(location)) {
    return { [name]: decodeURIComponent(location.slice(path.indexOf('{'))) }
  }
  if (status >= 300) return undefined
  const answer = jsonOf(body)
  const value =
    typeof answer === 'object' && answer !== null
      ? Object.entries(answer).find(([key]) => key === name)?.[1]
      : undefined
  return typeof value === 'string' || typeof value === 'number' ? { [name]: String(value) } : undefined
}

import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely'
import { Client, type Connection, type FieldDef, type Submittable, types } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../../src/store/database/tables/schema.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const INSTANT = '2024-01-01T00:00:00.000000Z'
/** Then a loop that reads until nothing is left comes to its end. */
const MOST_ROWS = 20

/** A statement `sql<Row>`…`.execute(db)` of the store, by the line of its `.execute`. */
interface Site {
  readonly place: string
  /** The members of its row type by name; null for a type of another form. */
  readonly row: ReadonlyMap<string, string> | null
}

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

function membersOf(body: string): ReadonlyMap<string, string> {
  const parts = ['']
  let depth = 0
  for (const letter of body.replaceAll(/\/\*\*[^]*?\*\//g, '').replaceAll('\n', ';')) {
    if ('<{[('.includes(letter)) depth += 1
    if ('>}])'.includes(letter)) depth -= 1
    if (letter === ';' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  const members = parts.map((part) => /^\s*(?:readonly )?(\w+)\??: ([^]*)$/.exec(part) ?? [])
  return new Map(members.flatMap(([, name, type]) => (name && type ? [[name, type.trim()] as const] : [])))
}

function readRowType(written: string, code: string): Site['row'] {
  const members = written.split(' & ').map((part) => {
    if (part.startsWith('{')) return membersOf(part.slice(1, -1))
    const body = new RegExp(`^(?:export )?interface ${part} \\{\\n([^]*?)^\\}`, 'm').exec(code)?.[1]
    return body === undefined ? null : membersOf(body)
  })
  return members.includes(null) ? null : new Map(members.flatMap((own) => [...(own ?? [])]))
}

/** The end of what opens at `start`, after its closing sign. */
function endOfType(code: string, start: number): number {
  let depth = 0
  for (let at = start; at < code.length; at += 1) {
    if (code[at] === '<') depth += 1
    if (code[at] === '>' && code[at - 1] !== '=') depth -= 1
    if (depth === 0) return at + 1
  }
  return code.length
}

function endOfTemplate(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at += 1) {
    if (code[at] === '\\') at += 1
    else if (code[at] === '`') return at + 1
    else if (code.startsWith('${', at)) {
      let depth = 0
      for (at += 1; at < code.length; at += 1) {
        if (code[at] === '{') depth += 1
        if (code[at] === '}') depth -= 1
        if (code[at] === '`') at = endOfTemplate(code, at) - 1
        if (depth === 0) break
      }
    }
  }
  return code.length
}

async function readSites(): Promise<ReadonlyMap<string, Site>> {
  const sites = new Map<string, Site>()
  for await (const file of glob('src/store/**/*.ts', { cwd: ROOT })) {
    const code = await readFile(path.join(ROOT, file), 'utf8')
    for (const { index } of code.matchAll(/\bsql</g)) {
      const typeEnd = endOfType(code, index + 3)
      const end = endOfTemplate(code, typeEnd)
      if (code[typeEnd] !== '`' || !code.startsWith('.execute(', end)) continue
      const place = `${file}:${code.slice(0, end + 1).split('\n').length}`
      sites.set(place, { place, row: readRowType(code.slice(index + 4, typeEnd - 1).trim(), code) })
    }
  }
  return sites
}

/** Has PostgreSQL parse a statement, without running it. */
class Description implements Submittable {
  readonly fields = Promise.withResolvers<readonly FieldDef[]>()
  private found: readonly FieldDef[] = []
  private failure: Error | undefined
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.text, types: [] }, true)
    connection.describe({ type: 'S', name: '' }, true)
    connection.sync()
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.found = fields
  }

  handleError(error: Error): void {
    this.failure = error
    this.handleReadyForQuery()
  }

  handleReadyForQuery(): void {
    if (this.failure) this.fields.reject(this.failure)
    else this.fields.resolve(this.found)
  }
}

async function describeStatement(text: string): Promise<readonly FieldDef[]> {
  const description = new Description(text)
  client.query(description)
  return await description.fields.promise
}

type Kind = 'number' | 'boolean' | 'Buffer' | 'number[]' | 'string[]' | 'json' | 'text'
const KINDS: Readonly<Record<number, Kind>> = {
  [types.builtins.INT2]: 'number',
  [types.builtins.INT4]: 'number',
  [types.builtins.INT8]: 'number',
  [types.builtins.FLOAT8]: 'number',
  [types.builtins.BOOL]: 'boolean',
  [types.builtins.BYTEA]: 'Buffer',
  [types.builtins.JSON]: 'json',
  [types.builtins.JSONB]: 'json',
  1016: 'number[]',
  1022: 'number[]',
  1009: 'string[]',
}
const kindOf = ({ dataTypeID }: FieldDef): Kind => KINDS[dataTypeID] ?? 'text'

const DUMMIES: Readonly<Record<Kind, unknown>> = {
  number: 1,
  boolean: true,
  Buffer: Buffer.from('x'),
  'number[]': [1],
  'string[]': ['x'],
  json: {},
  text: INSTANT,
}

/** Whether a column of this kind can be read as the type that is written. */
function fits(kind: Kind, written: string): boolean {
  const type = written.replace(/ \| null$/, '').replace(/^readonly /, '')
  if (kind === 'json') return !['number', 'string', 'boolean', 'Buffer', 'Instant'].includes(type)
  // A text may be one of several that are written out, or of a type that lists them.
  if (kind === 'text')
    return !['number', 'boolean', 'Buffer'].includes(type) && !type.startsWith('{') && !type.endsWith('[]')
  return type === kind
}

/** An argument of any type but a function, which kysely would call: a text, a list of one or an object, as it is used. */
function anything(): unknown {
  return new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === Symbol.toPrimitive || name === 'toString' || name === 'toJSON') return () => INSTANT
        if (name === Symbol.iterator) return () => [anything()].values()
        if (name === 'length' || name === 'size') return 1
        if (name === 'then' || name === 'toOperationNode' || typeof name === 'symbol') return undefined
        const ofArray: unknown = Reflect.get(Array.prototype, name)
        if (typeof ofArray === 'function') return ofArray.bind([anything()])
        const ofText: unknown = Reflect.get(String.prototype, name)
        return typeof ofText === 'function' ? ofText.bind(INSTANT) : anything()
      },
    },
  )
}

interface Described {
  readonly place: string
  readonly fields: readonly FieldDef[]
}

/** A database that describes each statement instead of running it, and answers a row of dummies. */
function describingDatabase(described: Described[]): Kysely<Database> {
  const places = new WeakMap<object, string>()
  let rowsLeft = MOST_ROWS
  const connection: DatabaseConnection = {
    async executeQuery<Row>({ sql: text, query, queryId }: CompiledQuery): Promise<QueryResult<Row>> {
      const fields = await describeStatement(text)
      const place = places.get(queryId) ?? places.get(query)
      if (place !== undefined) described.push({ place, fields })
      rowsLeft -= 1
      if (rowsLeft < -MOST_ROWS) throw new Error('a loop without an end')
      const row = Object.fromEntries(fields.map((field) => [field.name, DUMMIES[kindOf(field)]]))
      return { rows: rowsLeft > 0 && fields.length > 0 ? [row as Row] : [], numAffectedRows: 1n }
    },
    // oxlint-disable-next-line require-yield
    async *streamQuery() {
      throw new Error('nothing is streamed')
    },
  }
  const nothing = async () => undefined
  const driver: Driver = {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: nothing,
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  }
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driver,
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    plugins: [
      {
        // Called by `.execute` itself, so that the stack still names its line.
        transformQuery: ({ node, queryId }) => {
          const frame = /src\/store\/[^:]*:\d+/.exec(new Error('where').stack ?? '')?.[0]
          if (frame !== undefined) places.set(queryId, frame)
          return node
        },
        transformResult: async ({ result }) => result,
      },
    ],
  })
}

it('the columns of every statement are those of its row type', async () => {
  const sites = await readSites()
  const files = new Set([...sites.keys()].map((place) => place.replace(/:\d+$/, '')))
  const described: Described[] = []
  Error.stackTraceLimit = 50
  for (const file of files) {
    const module: Record<string, unknown> = await import(path.join(ROOT, file))
    for (const called of Object.values(module)) {
      if (typeof called !== 'function' || called.length === 0) continue
      for (const isTransaction of [false, true]) {
        const db = describingDatabase(described)
        const target = isTransaction ? await db.startTransaction().execute() : db
        try {
          const result: unknown = called(target, ...Array.from({ length: 6 }, anything))
          if (isIterable(result)) for await (const _ of result) continue
          else await result
        } catch {
          // The function may refuse the dummies. Such statements are not compared.
        }
      }
    }
  }
  const wrong: string[] = []
  const reached = new Set<string>()
  for (const { place, fields } of described) {
    const row = sites.get(place)?.row
    if (!row) continue
    reached.add(place)
    const missing = [...row.keys()].filter((name) => !fields.some((field) => field.name === name))
    const unnamed = fields.filter((field) => !row.has(field.name)).map(({ name }) => name)
    const unfit = fields.filter((field) => !fits(kindOf(field), row.get(field.name) ?? ''))
    if (missing.length + unnamed.length + unfit.length > 0) {
      wrong.push(
        `${place}: lacks [${missing.join()}], adds [${unnamed.join()}], unlike [${unfit.map(({ name }) => name).join()}]`,
      )
    }
  }
  expect([...new Set(wrong)]).toEqual([])
  const unreached = [...sites].flatMap(([place, { row }]) => (row && !reached.has(place) ? [place] : []))
  console.info(`${reached.size} statements compared, not reached by dummy arguments: ${unreached.join(', ')}`)
  expect(reached.size).toBeGreaterThanOrEqual(60)
})

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

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
import { Client, type Connection, type FieldDef, type Submittable } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../../src/store/database/tables/schema.ts'
import { differenceOf, endOfTemplate, endOfType, type Kind, kindOf, readRowType, type RowType } from '../row-types.ts'
import { createTestDatabase, type TestDatabase } from '../../support/server/database.ts'

const ROOT = path.resolve(import.meta.dirname, '../../..')
const INSTANT = '2024-01-01T00:00:00.000000Z'
/** Then a loop that reads until nothing is left comes to its end. */
const MOST_ROWS = 20

/** A statement `sql<Row>`…`.execute(db)` of the store, by the line of its `.execute`. */
interface Site {
  readonly place: string
  readonly row: RowType
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
  /** Null for a statement without an answer, which is not one with rows of no columns. */
  readonly fields = Promise.withResolvers<readonly FieldDef[] | null>()
  private found: readonly FieldDef[] | null = null
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

async function describeStatement(text: string): Promise<readonly FieldDef[] | null> {
  const description = new Description(text)
  client.query(description)
  return await description.fields.promise
}

const DUMMIES: Readonly<Record<Kind, unknown>> = {
  number: 1,
  boolean: true,
  Buffer: Buffer.from('x'),
  'number[]': [1],
  'string[]': ['x'],
  json: {},
  text: INSTANT,
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

/** Of functions that refuse the others. */
const ARGUMENTS: Readonly<Record<string, readonly unknown[]>> = {
  listQualified: [{ minimumProbability: 0, limit: 9, now: INSTANT }],
  listTimeline: [1, INSTANT, { limit: 9 }],
  countUnmatched: ['activities'],
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
      const answered = await describeStatement(text)
      const fields = answered ?? []
      const place = places.get(queryId) ?? places.get(query)
      if (place !== undefined) described.push({ place, fields })
      rowsLeft -= 1
      if (rowsLeft < -MOST_ROWS) throw new Error('a loop without an end')
      const row = Object.fromEntries(fields.map((field) => [field.name, DUMMIES[kindOf(field)]]))
      return { rows: rowsLeft > 0 && answered ? [row as Row] : [], numAffectedRows: 1n }
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
          const result: unknown = called(target, ...(ARGUMENTS[called.name] ?? Array.from({ length: 6 }, anything)))
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
    const difference = differenceOf(row, fields)
    if (difference !== undefined) wrong.push(`${place}: ${difference}`)
  }
  expect([...new Set(wrong)]).toEqual([])
  // Another statement that the dummies do not reach belongs into `ARGUMENTS`.
  expect([...sites].flatMap(([place, { row }]) => (row && !reached.has(place) ? [place] : []))).toEqual([])
})

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { readTableTypes } from '../../../support/table-types.ts'

/** The migrations' own, which are there before any type. */
const WITHOUT_TYPES = ['schema_migration']

/** What each type of PostgreSQL is read as: see type-parsers.ts. */
const READ_AS: Readonly<Record<string, readonly string[]>> = {
  bigint: ['number'],
  integer: ['number'],
  smallint: ['number'],
  'double precision': ['number'],
  // Text where every digit counts.
  numeric: ['string'],
  text: ['string'],
  'character varying': ['string'],
  uuid: ['string'],
  inet: ['string'],
  cidr: ['string'],
  boolean: ['boolean'],
  // `infinity` is no instant.
  'timestamp with time zone': ['Instant', 'string'],
  date: ['IsoDate'],
  json: ['json'],
  jsonb: ['json'],
  bytea: ['Buffer'],
  'text[]': ['string[]'],
  'bigint[]': ['number[]'],
}

interface Column {
  readonly table_name: string
  readonly column_name: string
  /** Below any domain, without a length. */
  readonly type: string
  readonly nullable: boolean
  /** Of the column, or given by a trigger. */
  readonly has_default: boolean
  readonly always: boolean
  /** The texts of a check that allows only these. */
  readonly allowed: readonly string[] | null
}

let database: TestDatabase
let columns: readonly Column[]
const types = readTableTypes()

beforeAll(async () => {
  database = await createTestDatabase()
  const { rows } = await database.pool.query<Column>(`
    with recursive base as (
      select oid as domain, oid as type, typnotnull as not_null from pg_type where typtype <> 'd'
      union all
      select d.oid, b.type, d.typnotnull or b.not_null from pg_type d join base b on d.typbasetype = b.domain where d.typtype = 'd'
    )
    select c.relname as table_name, a.attname as column_name, format_type(base.type, null) as type,
      not (a.attnotnull or base.not_null) as nullable,
      a.atthasdef or a.attidentity <> '' or exists (
        select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
        where t.tgrelid = c.oid and p.prosrc like '%new.' || a.attname || ' := coalesce(%'
      ) as has_default, a.attidentity = 'a' or a.attgenerated <> '' as always,
      (
        select array_agg(found[1] order by found[1] collate "C")
        from pg_constraint k, regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') as found
        where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
          and pg_get_constraintdef(k.oid) ~ ('^CHECK \\(\\(\\(?' || a.attname || '\\)?(::text)? = ANY \\(')
      ) as allowed
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join base on base.domain = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    order by c.relname, a.attnum`)
  columns = rows
})
afterAll(() => database.drop())

const named = ({ table_name: table, column_name: column }: Column) => `${table}.${column}`
const typed = () => columns.filter(({ table_name: table }) => types.has(table))
const typeOf = ({ table_name: table, column_name: column }: Column) => types.get(table)?.get(column)

describe('the types of the tables', () => {
  it('name every table of a migrated database, and no other', () => {
    const tables = [...new Set(columns.map((column) => column.table_name))].filter(
      (table) => !WITHOUT_TYPES.includes(table),
    )
    expect([...types.keys()].toSorted()).toEqual(tables.toSorted())
    expect(tables.length).toBeGreaterThan(40)
  })

  it('name every column, and no other', () => {
    const said = [...types].flatMap(([table, own]) => [...own.keys()].map((column) => `${table}.${column}`))
    expect(said.toSorted()).toEqual(typed().map(named).toSorted())
    expect(said.length).toBeGreaterThan(300)
  })

  it('say of every column as what it is read', () => {
    const wrong = typed().filter((column) => !READ_AS[column.type]?.includes(typeOf(column)?.type ?? ''))
    expect(wrong.map((column) => `${named(column)}: ${column.type} is no ${typeOf(column)?.type}`)).toEqual([])
  })

  it('allow null where the database does, and only there', () => {
    const wrong = typed().filter((column) => column.nullable !== typeOf(column)?.nullable)
    expect(wrong.map((column) => `${named(column)} ${column.nullable ? 'may' : 'may not'} be null`)).toEqual([])
  })

  it('let an insert leave out what has a default, and nothing else; null is the default of what allows it', () => {
    const wrong = typed().filter((column) => !column.nullable && column.has_default !== typeOf(column)?.optional)
    expect(wrong.map((column) => `${named(column)} ${column.has_default ? 'has a' : 'has no'} default`)).toEqual([])
  })

  it('let no insert name what the database always generates', () => {
    const wrong = typed().filter((column) => column.always !== typeOf(column)?.generatedAlways)
    expect(wrong.map((column) => `${named(column)} is ${column.always ? '' : 'not '}always generated`)).toEqual([])
  })

  it('write out the same texts as a check of the database, where they write them out', () => {
    const compared = typed().filter((column) => typeOf(column)?.values && column.allowed)
    for (const column of compared) expect(column.allowed, named(column)).toEqual(typeOf(column)?.values)
    expect(compared.length).toBeGreaterThan(10)
  })
})

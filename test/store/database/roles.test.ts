import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OpenDatabase, openDatabase } from '../../../src/store/database/database.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { describePrivilegedRole } from '../../../src/store/database/roles.ts'
import { createEmptyDatabase, type TestDatabase } from '../../support/server/database.ts'

const REFUSED = /permission denied|must be owner|must be superuser or have privileges/

let owner: TestDatabase
let service: OpenDatabase
let role: string
beforeEach(async () => {
  owner = await createEmptyDatabase()
  role = `winrate_plain_${randomBytes(6).toString('hex')}`
  service = asRole('a password: @/%')
})
afterEach(async () => {
  await service.close()
  const { rowCount } = await owner.pool.query('select from pg_roles where rolname = $1', [role])
  if (rowCount !== 0) await owner.pool.query(`drop owned by ${role}; drop role ${role}`)
  await owner.drop()
})

function asRole(password: string): OpenDatabase {
  const url = new URL(owner.url)
  url.username = role
  url.password = encodeURIComponent(password)
  return openDatabase({ url: url.href, maxConnections: 2, statementTimeoutMs: 30_000 })
}

const migrateForService = () => migrate(owner.url, undefined, service.url)
const tryAsService = (statement: string) => service.pool.query(statement)

describe('the role that serves', () => {
  it('is made by the migrations, and is no superuser', async () => {
    expect((await migrateForService()).length).toBeGreaterThan(0)
    const { rows } = await tryAsService(
      'select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication from pg_roles where rolname = current_user',
    )
    expect(rows).toEqual([
      { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false, rolreplication: false },
    ])
    expect(await describePrivilegedRole(service.db)).toBeUndefined()
    expect(await describePrivilegedRole(owner.db)).toMatch(/^the database role ".+" is a superuser$/)
  })

  it.each([
    `copy (select 1) to program 'cat > /dev/null'`,
    `copy account from '/etc/passwd'`,
    `copy (select 1) to '/tmp/winrate-written-by-the-service'`,
    `select pg_read_file('/etc/passwd')`,
    `select lo_import('/etc/passwd')`,
    'create table stranger (a integer)',
    'create schema stranger',
    'create role stranger',
    'create extension file_fdw',
    'alter table audit_entry disable trigger all',
    'drop trigger audit_entry_is_append_only on audit_entry',
    'truncate activity',
    'drop table activity',
    'update schema_migration set number = 0',
    'set session_replication_role = replica',
    'alter system set archive_command = true',
  ])('may not: %s', async (statement) => {
    await migrateForService()
    await expect(tryAsService(statement)).rejects.toThrow(REFUSED)
  })

  it('reads and writes rows, and makes temporary tables', async () => {
    await migrateForService()
    await tryAsService(`insert into account (external_id, known_at, backfilled) values ('acme', now(), false)`)
    await tryAsService(`create temporary table staged as select external_id from account`)
    await tryAsService('delete from account')
    expect((await tryAsService('select external_id from staged')).rows).toEqual([{ external_id: 'acme' }])
    await tryAsService(`select analyze_table('account')`)
    const { rows } = await owner.pool.query(`select reltuples from pg_class where relname = 'account'`)
    expect(rows).toEqual([{ reltuples: 0 }])
  })

  it('is granted its rights on an older database by the next migration, new tables included', async () => {
    await migrate(owner.url)
    await expect(tryAsService('select 1')).rejects.toThrow()
    expect(await migrateForService()).toEqual([])
    await owner.pool.query(
      'create table added_later (a integer); create function later() returns int language sql return 1',
    )
    await owner.pool.query('revoke all on function later() from public')
    await expect(tryAsService('select a, later() from added_later')).rejects.toThrow(REFUSED)
    expect(await migrateForService()).toEqual([])
    expect((await tryAsService('select a, later() from added_later')).rows).toEqual([])
  })

  it('finds a migrated database, and refuses one that is not', async () => {
    await migrateForService()
    expect(await migrate(service.url)).toEqual([])
    await owner.pool.query('delete from schema_migration where number = (select max(number) from schema_migration)')
    await expect(migrate(service.url)).rejects.toThrow(
      /^the database lacks migration \d{4}_\w+\.sql, which this role may not/,
    )
  })

  it('is refused an empty database with the way out', async () => {
    await owner.pool.query(`create role ${role} login password 'given'`)
    const plain = asRole('given')
    await expect(migrate(plain.url)).rejects.toThrow(
      /^the database is empty and user "\w+" may not create tables in it: run/,
    )
    await plain.close()
  })

  it('may be created by hand, for an owner who may not create roles', async () => {
    const ownerRole = `${role}_owner`
    const name = new URL(owner.url).pathname.slice(1)
    await owner.pool.query(`create role ${ownerRole} login password 'o'; alter database ${name} owner to ${ownerRole}`)
    const url = new URL(owner.url)
    url.username = ownerRole
    url.password = 'o'
    try {
      await expect(migrate(url.href, undefined, service.url)).rejects.toThrow(
        `the role "${role}" of DATABASE_URL does not exist and cannot be created: permission denied to create role. Either`,
      )
      await owner.pool.query(`create role ${role} login password 'a password: @/%'`)
      expect(await migrate(url.href, undefined, service.url)).toEqual([])
      expect((await tryAsService('select count(*)::int as accounts from account')).rows).toEqual([{ accounts: 0 }])
      await expect(tryAsService(`copy (select 1) to program 'true'`)).rejects.toThrow(REFUSED)
    } finally {
      await owner.pool.query(
        `reassign owned by ${ownerRole} to current_user; drop owned by ${ownerRole}; drop role ${ownerRole}`,
      )
    }
  })
})

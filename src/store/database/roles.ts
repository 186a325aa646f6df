import { Client, escapeIdentifier, escapeLiteral } from 'pg'
import { type Kysely, sql } from 'kysely'
import { AppError } from '../../errors.ts'
import { codeOf } from './embedded/private-files.ts'
import type { Database } from './tables/schema.ts'

/** Tables on which the plain role has fewer rights than on the others. */
const LESS: Readonly<Record<string, string>> = { schema_migration: 'select' }
const ROWS = 'select, insert, update, delete'

/** Whether this role migrates: the owner of the tables, or of a new database the first role that may create tables. */
export async function ownsSchema(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ owns: boolean }>(
    `select pg_has_role(relowner, 'usage') as owns from pg_class where oid = to_regclass('schema_migration')`,
  )
  if (rows[0]) return rows[0].owns
  const { rows: allowed } = await client.query<{ may: boolean; role: string }>(
    `select has_schema_privilege(current_schema(), 'create') as may, current_user as role`,
  )
  if (allowed[0]?.may === true) return true
  const message = `the database is empty and user "${allowed[0]?.role}" may not create tables in it: run \`npm run migrate\` with MIGRATION_DATABASE_URL of its owner`
  throw new AppError('MigrationRefused', message)
}

/**
 * Creates the role of `serviceUrl` if needed, with the URL's password or PGPASSWORD, and grants it rows and temporary tables only.
 * Changes nothing when nothing is missing.
 * @throws AppError MigrationRefused when the owner lacks the rights
 */
export async function grantService(client: Client, serviceUrl: string): Promise<void> {
  const { user = '', password } = new Client({ connectionString: serviceUrl })
  const role = escapeIdentifier(user)
  const found = await client.query<{ is_us: boolean }>(
    'select rolname = current_user as is_us from pg_roles where rolname = $1',
    [user],
  )
  if (found.rows[0]?.is_us === true) return
  if (found.rowCount === 0) {
    const login = typeof password === 'string' ? `login password ${escapeLiteral(password)}` : 'login'
    await client.query(`create role ${role} ${login}`).catch((error: unknown) => {
      // Roles belong to the server: a concurrent migration of another database may have created it.
      if (!['42710', '23505'].includes(codeOf(error)))
        throw refused(`the role "${user}" of DATABASE_URL does not exist and cannot be created`, error)
    })
  }
  if (await hasAll(client, user)) return
  try {
    await client.query('begin')
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    await client.query(`grant connect, temporary on database ${escapeIdentifier(rows[0]?.name ?? '')} to ${role}`)
    await client.query(`grant usage on schema public to ${role};
      grant ${ROWS} on all tables in schema public to ${role};
      grant usage, select on all sequences in schema public to ${role};
      grant execute on all functions in schema public to ${role}`)
    for (const [table, granted] of Object.entries(LESS))
      await client.query(`revoke all on ${table} from ${role}; grant ${granted} on ${table} to ${role}`)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw refused(`the role "${user}" cannot be granted its rights`, error)
  }
  if (!(await hasAll(client, user)))
    throw refused(`the role "${user}" lacks rights that only the owner of the database grants`)
}

/** Whether the role has everything that `grantService` grants, on the current tables. */
async function hasAll(client: Client, user: string): Promise<boolean> {
  const { rows } = await client.query<{ complete: boolean }>(
    `with relation as (
       select c.oid, c.relkind, coalesce($2::jsonb ->> c.relname, $3) as needed
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relkind in ('r', 'p', 'v', 'm', 'S')
     )
     select has_database_privilege($1, current_database(), 'connect')
       and has_database_privilege($1, current_database(), 'temporary')
       and has_schema_privilege($1, 'public', 'usage')
       and coalesce((select bool_and(has_function_privilege($1, p.oid, 'execute'))
         from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public'), true)
       and coalesce((select bool_and(case relkind
           when 'S' then has_sequence_privilege($1, oid, 'usage')
           else (select bool_and(has_table_privilege($1, oid, right_name)) from unnest(string_to_array(needed, ', ')) right_name)
         end) from relation), true) as complete`,
    [user, JSON.stringify(LESS), ROWS],
  )
  return rows[0]?.complete === true
}

function refused(message: string, cause?: unknown): AppError {
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  const wayOut =
    'create it by hand, or give the user of MIGRATION_DATABASE_URL the right to create roles and the ownership of the database'
  return new AppError('MigrationRefused', `${message}${reason}. Either ${wayOut}`, { cause })
}

/** A sentence about a role with more rights than the service needs; undefined for a plain role. */
export async function describePrivilegedRole(db: Kysely<Database>): Promise<string | undefined> {
  const { rows } = await sql<{ role: string; is_super: boolean; owns: boolean }>`
    select r.rolname as role, r.rolsuper as is_super, pg_has_role(c.relowner, 'usage') as owns
    from pg_roles r, pg_class c
    where r.rolname = current_user and c.oid = to_regclass('schema_migration')`.execute(db)
  const [found] = rows
  if (found?.is_super === true) return `the database role "${found.role}" is a superuser`
  return found?.owns === true ? `the database role "${found.role}" owns the tables` : undefined
}

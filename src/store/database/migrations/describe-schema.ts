import type { ClientBase } from 'pg'

/**
 * What a schema consists of: domains, columns, constraints, indexes, triggers and functions, one line each, in no order of
 * their making. Two schemas with equal descriptions behave alike; comments and white space in functions do not count.
 * Sets the search path for the current transaction.
 */
export async function describeSchema(client: ClientBase, schema: string): Promise<readonly string[]> {
  // Names inside the search path are printed without their schema.
  await client.query(`select set_config('search_path', quote_ident($1), true)`, [schema])
  const { rows } = await client.query<{ line: string }>(DESCRIPTION, [schema])
  return rows.map(({ line }) => line.replaceAll(`${schema}.`, ''))
}

const DESCRIPTION = `
  with relation as (
    select oid, relname, relkind, relpersistence from pg_class
    where relnamespace = (select oid from pg_namespace where nspname = $1)
      and not (relname = 'schema_migration' or relname like 'schema\\_migration\\_%')
  )
  select concat_ws(' ', 'domain', t.typname, format_type(t.typbasetype, t.typtypmod), c.collname,
    case when t.typnotnull then 'not null' end, t.typdefault) collate "C" as line
  from pg_type t
  left join pg_collation c on c.oid = t.typcollation
  where t.typtype = 'd' and t.typnamespace = (select oid from pg_namespace where nspname = $1)
  union all
  select concat_ws(' ', 'column', format('%s.%s', r.relname, a.attname), format_type(a.atttypid, a.atttypmod), c.collname,
    case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid),
    'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(a.attgenerated::text, ''))
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
  left join pg_collation c on c.oid = a.attcollation
  where r.relkind in ('r', 'p', 'v', 'm')
  union all
  -- Of not-null constraints the columns tell.
  select concat_ws(' ', 'constraint', k.conname, 'on', coalesce(r.relname, t.typname), pg_get_constraintdef(k.oid, true))
  from pg_constraint k
  left join relation r on r.oid = k.conrelid
  left join pg_type t on t.oid = k.contypid
  where k.connamespace = (select oid from pg_namespace where nspname = $1) and k.contype <> 'n'
    and (r.oid is not null or t.oid is not null)
  union all
  select concat_ws(' ', 'index', pg_get_indexdef(r.oid, 0, true)) from relation r where r.relkind = 'i'
  union all
  select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid, true), t.tgenabled)
  from relation r
  join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
  union all
  select concat_ws(' ', 'relation', r.relname, r.relkind, r.relpersistence) from relation r where r.relkind <> 'i'
  union all
  select concat_ws(' ', 'function', format('%s(%s)', p.proname, pg_get_function_arguments(p.oid)), 'returns',
    pg_get_function_result(p.oid), l.lanname, p.prokind, p.provolatile, p.prosecdef, p.proisstrict, p.proconfig,
    has_function_privilege('public', p.oid, 'execute'),
    regexp_replace(regexp_replace(p.prosrc, '--[^\\n]*', '', 'g'), '\\s+', ' ', 'g'))
  from pg_proc p
  join pg_language l on l.oid = p.prolang
  where p.pronamespace = (select oid from pg_namespace where nspname = $1)
  order by line`

-- Finished and unfinished imports.

create table import_run (
  import_run_id bigint generated always as identity primary key,
  kind text not null,
  files text[] not null,
  counts jsonb not null,
  reasons jsonb not null,
  started_at instant not null,
  finished_at instant not null
);

-- Imports in progress. After an interruption the next import of the same files continues with the same starting time, so
-- that changes in undated rows keep their date. The row is deleted when the import is finished.
create table import_attempt (
  fingerprint text primary key check (fingerprint ~ '^[0-9a-f]{64}$'),
  kind text not null,
  files text[] not null,
  started_at instant not null
);

-- Updates the planner's statistics after an import, also for the service's role: PostgreSQL lets only the owner analyze.
create function analyze_table(analyzed regclass) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not (select pg_has_role(relowner, 'usage') from pg_class where oid = analyzed) then
    raise exception 'analyze_table: % belongs to somebody else', analyzed using errcode = 'insufficient_privilege';
  end if;
  perform set_config('default_statistics_target', '30', true);
  execute format('analyze %s', analyzed);
end
$$;

revoke all on function analyze_table(regclass) from public;

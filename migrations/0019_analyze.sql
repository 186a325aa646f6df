-- Fresh statistics after an import, also for a role that may only read and write rows: PostgreSQL lets none but the owner
-- analyze a table.
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

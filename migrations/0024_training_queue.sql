-- The queue of training runs is training_run itself. Runs that wait are rows of it already; pg-boss held only their ids.
-- Another application's queues may be in a schema of the same name: that schema is kept.
do $$
declare
  is_ours boolean;
begin
  if to_regclass('pgboss.queue') is null then return; end if;
  execute $query$ select bool_and(name = 'training' or name like '\_\_pgboss\_\_%') from pgboss.queue $query$ into is_ours;
  if is_ours then drop schema pgboss cascade; end if;
end $$;

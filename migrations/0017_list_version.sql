-- The list of qualified accounts is polled: whether it may have changed is told by index lookups (store/list-version.ts).

create index account_state_by_pause on account_state (paused_until) where paused_until is not null;
create index account_action_by_expiry on account_action (expires_at);
create index scoring_run_of_merges on scoring_run (scoring_run_id) where scope = 'merged';

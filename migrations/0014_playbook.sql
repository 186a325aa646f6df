-- The last action of each rule of the playbook for each account: what the events action.triggered and action.ended come to.
-- It stands until it has ended or expired.
create table account_action (
  account_id bigint not null references account,
  rule key_text not null,
  triggered_at instant not null,
  expires_at instant not null check (expires_at > triggered_at),
  ended_at instant,
  ended_because text,
  -- As core/playbook/action.ts has it.
  action jsonb not null check (jsonb_typeof(action) = 'object'),
  primary key (account_id, rule),
  check ((ended_at is null) = (ended_because is null))
);

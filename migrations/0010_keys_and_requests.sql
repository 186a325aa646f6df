-- Keys that are replaced without a gap, answers that are given again, and who wrote what.

alter table api_key
  -- The calls may name who acts (header Winrate-Actor), although the key itself has an actor.
  add column actor_per_request boolean not null default false,
  -- Set when a new key replaces this one: until then both open.
  add column expires_at instant,
  -- The key that this one replaced. A key is replaced once.
  add column replaces key_text unique references api_key;

-- The answers to writes that came with an Idempotency-Key: kept in the transaction of the write itself, so that there is an
-- answer if and only if there was an effect. Who has the key of the client can read them, and nobody else: `sealed_answer` is
-- encrypted with what only that key's text yields.
create table idempotent_answer (
  key_id key_text not null references api_key,
  idempotency_key_sha256 bytea not null check (octet_length(idempotency_key_sha256) = 32),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  sealed_answer bytea not null,
  created_at instant not null default now(),
  primary key (key_id, idempotency_key_sha256)
);
create index idempotent_answer_by_age on idempotent_answer (created_at);

-- Who wrote what, when, and with what outcome. In the transaction of the effect where there is one.
create table audit_entry (
  audit_entry_id bigint generated always as identity primary key,
  at instant not null default now(),
  request_id uuid not null,
  key_id key_text not null references api_key,
  actor text not null,
  method text not null,
  -- The route's pattern, such as /v1/models/:version/promote.
  route text not null,
  -- What it was about: the identifiers in its path, or of what it made.
  target text,
  status smallint not null check (status between 100 and 599)
);
create index audit_entry_by_key on audit_entry (key_id, audit_entry_id desc);

create function refuse_to_change_audit_entry() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only added to';
end $$;
create trigger audit_entry_is_append_only before update or delete or truncate on audit_entry
  for each statement execute function refuse_to_change_audit_entry();

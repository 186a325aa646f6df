-- API keys, answers to repeated requests, the audit log, and secrets.

create table api_key (
  key_id key_text primary key,
  secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
  scopes text[] not null check (cardinality(scopes) > 0),
  actor text,
  -- Requests may name the user who acts (header Winrate-Actor), although the key has an actor.
  actor_per_request boolean not null default false,
  created_at instant not null default now(),
  last_used_at instant,
  -- Set when a new key replaces this one. Until then both are valid.
  expires_at instant,
  -- The key that this one replaced. A key is replaced once.
  replaces key_text unique references api_key,
  revoked_at instant
);

-- The answers to writes with an Idempotency-Key, committed with the write: the answer exists if and only if the write does.
-- `sealed_answer` is encrypted with a key derived from the text of the API key, which is not stored: only its holder can read it.
create table idempotent_answer (
  key_id key_text not null references api_key,
  idempotency_key_sha256 bytea not null check (octet_length(idempotency_key_sha256) = 32),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  sealed_answer bytea not null,
  created_at instant not null default now(),
  primary key (key_id, idempotency_key_sha256)
);
create index idempotent_answer_by_age on idempotent_answer (created_at);

-- Each write request, with its outcome; committed with the write where there is one. Accepted writes are kept for ever,
-- refused ones, which had no effect, for 90 days.
create table audit_entry (
  audit_entry_id bigint generated always as identity primary key,
  at instant not null default now(),
  request_id uuid not null,
  key_id key_text not null references api_key,
  actor text not null,
  method text not null,
  -- The route's pattern, such as /v1/models/:version/promote.
  route text not null,
  -- The identifiers in the path, or those of what the request created.
  target text,
  status smallint not null check (status between 100 and 599)
);
create index audit_entry_by_key on audit_entry (key_id, audit_entry_id desc);
create index audit_entry_refused on audit_entry (at) where status >= 400;

create function refuse_to_change_audit_entry() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only added to';
end $$;
create trigger audit_entry_is_append_only before update or truncate on audit_entry
  for each statement execute function refuse_to_change_audit_entry();
create trigger audit_entry_is_kept before delete on audit_entry
  for each row when (old.status < 400 or old.at >= now() - interval '90 days')
  execute function refuse_to_change_audit_entry();

-- Secrets that all replicas share and nobody has to choose.
create table service_secret (
  purpose key_text primary key,
  secret bytea not null check (octet_length(secret) = 32),
  created_at instant not null default now()
);
-- Signs page cursors. Each uuid has 122 bits of PostgreSQL's strong random source.
insert into service_secret (purpose, secret)
values ('cursor', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

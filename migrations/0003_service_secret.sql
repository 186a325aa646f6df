-- Secrets that every replica of the service must share and nobody needs to choose: made here, once per database.

create table service_secret (
  purpose key_text primary key,
  secret bytea not null check (octet_length(secret) = 32),
  created_at instant not null default now()
);

-- Signs page cursors. Each uuid carries 122 bits from PostgreSQL's strong random source.
insert into service_secret (purpose, secret)
values ('cursor', sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

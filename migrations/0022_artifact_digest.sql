-- The SHA-256 of the artifact's own bytes, compared each time that it is loaded: one that was altered is not used.
alter table model_version add column bundle_sha256 text check (bundle_sha256 ~ '^[0-9a-f]{64}$');
update model_version set bundle_sha256 = encode(sha256(convert_to(bundle::text, 'UTF8')), 'hex');
alter table model_version alter column bundle_sha256 set not null;

-- Whoever stores an artifact without a digest gets that of what arrived.
create function digest_new_bundle() returns trigger language plpgsql as $$
begin
  new.bundle_sha256 := coalesce(new.bundle_sha256, encode(sha256(convert_to(new.bundle::text, 'UTF8')), 'hex'));
  return new;
end $$;
create trigger model_version_digest before insert on model_version
  for each row execute function digest_new_bundle();

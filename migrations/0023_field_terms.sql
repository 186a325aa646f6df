-- The field's own terms: model artifact, randomised holdout, control group, threshold.
alter table model_version rename column bundle to artifact;
alter table model_version rename column bundle_sha256 to artifact_sha256;
alter table model_version rename constraint model_version_bundle_check to model_version_artifact_check;
alter table model_version rename constraint model_version_bundle_sha256_check to model_version_artifact_sha256_check;

drop trigger model_version_digest on model_version;
drop function digest_new_bundle();
create function digest_new_artifact() returns trigger language plpgsql as $$
begin
  new.artifact_sha256 := coalesce(new.artifact_sha256, encode(sha256(convert_to(new.artifact::text, 'UTF8')), 'hex'));
  return new;
end $$;
create trigger model_version_digest before insert on model_version
  for each row execute function digest_new_artifact();

-- The name of the format is part of the artifact, and so of its digest.
update model_version set artifact = replace(artifact::text, '"winrate-bundle/1"', '"winrate-model/1"')::json
where artifact ->> 'format' = 'winrate-bundle/1';
update model_version set artifact_sha256 = encode(sha256(convert_to(artifact::text, 'UTF8')), 'hex');

-- Events are kept as they are told; here their words change and nothing else.
drop trigger event_is_kept on event;
alter table event drop constraint event_check1;
update event set type = 'holdout.assigned',
  payload = payload - 'arm' || jsonb_build_object('group', case payload ->> 'arm' when 'withheld' then 'control' else payload ->> 'arm' end)
where type = 'lottery.assigned';
update event set payload = payload - 'bar' || jsonb_build_object('threshold', payload -> 'bar')
where payload ? 'bar';
alter table event add constraint event_check1 check (not in_feed or type <> 'holdout.assigned');
create trigger event_is_kept before update on event for each row execute function keep_event();

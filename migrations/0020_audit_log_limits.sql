-- What was refused had no effect: it is kept for 90 days (store/audit.ts), what was done for ever.
drop trigger audit_entry_is_append_only on audit_entry;

-- Keys and secrets that were sent in a path, as src/core/auth/secrets.ts finds them.
update audit_entry set target = regexp_replace(regexp_replace(regexp_replace(target,
    'wrk_([0-9a-z]{12})_[A-Za-z0-9_-]+', 'wrk_\1_[redacted]', 'gi'),
    'wrk_[A-Za-z0-9_-]{20,}', 'wrk_[redacted]', 'gi'),
    'whsec_[A-Za-z0-9_+/=-]{8,}', 'whsec_[redacted]', 'gi')
where target ~* '(wrk|whsec)_';

create trigger audit_entry_is_append_only before update or truncate on audit_entry
  for each statement execute function refuse_to_change_audit_entry();
create trigger audit_entry_is_kept before delete on audit_entry
  for each row when (old.status < 400 or old.at >= now() - interval '90 days')
  execute function refuse_to_change_audit_entry();
create index audit_entry_refused on audit_entry (at) where status >= 400;

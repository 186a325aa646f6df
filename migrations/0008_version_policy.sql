-- What the newest backtest of a version chose for it: the bar, the stage boundaries, and on what grounds
-- (core/qualification/version-policy.ts).
alter table model_version add column policy json check (json_typeof(policy) = 'object');
-- When that last changed: scores from before are made again.
alter table model_version add column policy_set_at instant;

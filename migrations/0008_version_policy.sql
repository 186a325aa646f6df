-- What the newest backtest of a version chose for it: the bar, the stage boundaries, and on what grounds
-- (core/qualification/version-policy.ts).
alter table model_version add column policy json check (json_typeof(policy) = 'object');
-- When that last changed: scores from before are made again.
alter table model_version add column policy_set_at instant;

-- The report as a page, as it was made with the report: to be read long after whatever made it has changed.
alter table backtest add column page text;

-- What a training found out about its data before it learned: whether there was enough, and signs of leakage
-- (core/readiness/training-findings.ts). Training the same again gives the same version and the same findings.
alter table model_version add column findings json check (json_typeof(findings) = 'object');
alter table training_run add column findings json check (json_typeof(findings) = 'object');

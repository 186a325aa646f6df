-- The states of accounts that were assigned before take the words of the holdout: group (listed, control) for arm (listed, withheld).
update account_state set detail = (detail - 'arm' - 'armUntil') || jsonb_build_object(
  'group', case detail ->> 'arm' when 'withheld' then 'control' else detail ->> 'arm' end,
  'groupUntil', detail -> 'armUntil')
where detail ? 'arm';

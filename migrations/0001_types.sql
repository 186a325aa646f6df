-- The types of columns that several tables share.

create domain instant as timestamptz
  check (value >= '1900-01-01 00:00:00+00' and value < '2200-01-01 00:00:00+00');
create domain calendar_day as date
  check (value >= '1900-01-01' and value < '2200-01-01');
create domain key_text as text collate "C"
  check (value <> '' and value = btrim(value) and length(value) <= 400);
-- Not named `money`, which is a built-in type.
create domain money_amount as numeric(18, 4)
  check (value <> 'NaN');
create domain currency_code as text collate "C"
  check (value ~ '^[A-Z]{3}$');
create domain probability as double precision check (value between 0 and 1);

-- The history is ordered by this column, not dated: its facts have positions, and no days (docs/decisions/0009-ordered-histories.md).
-- Without a row it is dated. A history is one or the other.
create table history_order (
  column_name text not null,
  recorded_at instant not null default now()
);
create unique index history_order_one on history_order ((true));

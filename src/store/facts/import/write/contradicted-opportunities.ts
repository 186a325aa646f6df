import { columns, IS_OPENING, OPPORTUNITY } from './opportunity-statements.ts'

const UNDATED = 's.opened_at is not null and s.known_at is null and not s.deleted'
const SAID_TEXT = `(${columns('s')})::text`

/** Rows without a date that say something else of an opportunity than another row of this import, which began at $1. */
export const FIND_CONTRADICTED = `
  with repeated as (
    select s.external_id from staged_opportunity s where ${UNDATED} group by s.external_id having count(*) > 1
  ), told as (
    select s.row, ${SAID_TEXT} as said, lag(${SAID_TEXT}) over (partition by s.external_id order by s.row) as before
    from staged_opportunity s join repeated using (external_id) where ${UNDATED}
  )
  select row from told where said <> before
  union
  select s.row from staged_opportunity s ${OPPORTUNITY}
  join opportunity_version b on b.opportunity_id = o.opportunity_id and b.recorded_at >= $1
  where ${UNDATED} and not ${IS_OPENING} and (${columns('b')}) is distinct from (${columns('s')})`

import type { Pool } from 'pg'
import type { Random } from '../../../src/core/base/random.ts'
import { until } from '../until.ts'

/** Any number that no other advisory lock of a test database has. */
const LOCK = 7_102_025

export interface Place {
  readonly table: string
  /** From 1. */
  readonly nth: number
  readonly at: 'row' | 'commit'
}

/**
 * Any row of any table that an undisturbed run leaves.
 * @param clean what `checksums` says of that run
 */
export function drawKillPoint(random: Random, clean: Readonly<Record<string, string>>): Place {
  const sizes = Object.entries(clean).flatMap(([table, sum]) => {
    const rows = Number.parseInt(sum, 10)
    return rows > 0 ? [{ table, rows }] : []
  })
  const { table, rows } = sizes[random.integer(sizes.length)] ?? { table: '', rows: 0 }
  return { table, nth: 1 + random.integer(rows), at: random.next() < 0.5 ? 'row' : 'commit' }
}

export interface KillPoint {
  /** Waits until a session stands at the point. */
  readonly reached: () => Promise<void>
  /** Lets the session go, waits until it has ended, and takes the point away. */
  readonly remove: () => Promise<void>
}

/**
 * A point in the work of another process: the write of the `nth` row of a table, or, `at` commit, the commit of that row's
 * transaction. The session that gets there stands still inside its transaction, so that its process can be killed there.
 */
export async function placeKillPoint(pool: Pool, { table, nth, at }: Place): Promise<KillPoint> {
  const holder = await pool.connect()
  const trigger =
    at === 'row'
      ? `create trigger kill_point before insert on ${table}`
      : `create constraint trigger kill_point after insert on ${table} deferrable initially deferred`
  await holder.query(`
    select pg_advisory_lock(${LOCK});
    create sequence kill_point_row;
    create function kill_point() returns trigger language plpgsql security definer set lock_timeout = 0 as $$
    begin
      if nextval('kill_point_row') = tg_argv[0]::bigint then perform pg_advisory_xact_lock_shared(${LOCK}); end if;
      return new;
    end $$;
    ${trigger} for each row execute function kill_point(${nth})`)
  const standing = async () => {
    const { rows } = await holder.query<{ pid: number }>(
      `select pid from pg_locks join pg_database d on d.oid = database
       where d.datname = current_database() and locktype = 'advisory' and objid = ${LOCK} and not granted`,
    )
    return rows[0]?.pid
  }
  let pid: number | undefined
  const reached = async () => {
    pid = await until(`row ${nth} of ${table} is written`, standing)
  }
  const remove = async () => {
    await holder.query('select pg_advisory_unlock($1)', [LOCK])
    await until('the session that stood there has ended', async () => {
      const { rowCount } = await holder.query('select from pg_stat_activity where pid = $1', [pid ?? 0])
      return rowCount === 0
    })
    await holder.query(`drop trigger kill_point on ${table}; drop function kill_point; drop sequence kill_point_row`)
    holder.release()
  }
  return { reached, remove }
}

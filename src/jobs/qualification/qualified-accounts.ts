import type { Kysely } from 'kysely'
import type { Triggered } from '../../core/qualification/playbook/evaluate-rules.ts'
import type { Instant } from '../../core/base/time.ts'
import {
  findLastRun,
  listQualified,
  type QualifiedAccount,
  type QualifiedQuery,
} from '../../store/qualification/qualified-list.ts'
import type { Database } from '../../store/database/tables/schema.ts'
import { loadChampion } from '../registry/champion.ts'
import { listPeopleToReach, type PersonToReach } from './people-to-reach.ts'
import { listActions } from './playbook.ts'
import { listQualifiedAt } from './qualified-accounts-at.ts'

/** A page of the list as it is now, or as stored `at` an instant. */
export async function readQualified(
  db: Kysely<Database>,
  { at, ...query }: QualifiedQuery & { readonly at?: Instant | undefined },
): Promise<readonly QualifiedAccount[]> {
  if (at !== undefined) return await listQualifiedAt(db, { ...query, at })
  if (query.region === undefined) return await listQualified(db, query)
  const champion = await loadChampion(db)
  return await listQualified(db, { ...query, precedence: champion?.featureSet.lookback.sourcePrecedence })
}

export interface Asked {
  /** People per account; 0: none. */
  readonly people: number
  readonly actions: boolean
  readonly now: Instant
}

export interface AboutQualified {
  readonly people: ReadonlyMap<number, readonly PersonToReach[]>
  readonly actions: ReadonlyMap<number, readonly Triggered[]>
}

/**
 * The people to contact at these accounts, as known when scores were last stored, and the open actions. The number of statements does
 * not depend on that of accounts.
 */
export async function readAboutQualified(
  db: Kysely<Database>,
  accountIds: readonly number[],
  { people, actions, now }: Asked,
): Promise<AboutQualified> {
  const champion = people > 0 && accountIds.length > 0 ? await loadChampion(db) : undefined
  const run = champion && (await findLastRun(db))
  return {
    people:
      champion && run
        ? await listPeopleToReach(db, champion, accountIds, { asOf: run.asOf, most: people })
        : new Map<number, never>(),
    actions: actions ? await listActions(db, accountIds, now) : new Map<number, never>(),
  }
}

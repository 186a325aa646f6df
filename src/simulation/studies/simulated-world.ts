import type { CohortAccount, OpportunityHistory } from '../../core/training/cohorts/cohort.ts'
import type { AccountSnapshot } from '../../core/features/snapshot.ts'
import { liveAccount } from '../company/account-life.ts'
import { momentOf } from '../process/moment.ts'
import { monthsOf, type SimulationOptions } from '../options.ts'
import type { SimulatedTables } from '../export/rows.ts'
import { tablesOf } from '../export/tables.ts'
import type { Worklist } from '../options.ts'
import { BEGINNING, type Instant, type IsoDate, startOfDay } from '../../core/base/time.ts'
import { simulatedHistories, simulatedSnapshots } from './simulated-snapshots.ts'

/** A simulated company in memory whose accounts can be lived again, one by one, under another worklist. */
export interface SimulatedWorld {
  readonly accounts: readonly CohortAccount[]
  readonly months: readonly IsoDate[]
  /** What was known of an account just before an instant; undefined when it was not known itself. */
  readonly snapshot: (account: CohortAccount, asOf: Instant) => AccountSnapshot | undefined
  readonly tables: (account: CohortAccount) => SimulatedTables
  /** The outcomes of the account's opportunities, as known before an instant. */
  readonly histories: (account: CohortAccount, asOf: Instant) => readonly OpportunityHistory[]
  /** Lets sales work the account in these months too; its other months, and all other accounts, stay as they are. */
  readonly work: (account: CohortAccount, months: readonly IsoDate[]) => void
}

interface Life {
  readonly tables: SimulatedTables
  readonly snapshot: (asOf: Instant) => AccountSnapshot | undefined
}

/**
 * @param nobodyFrom from this month on sales works only the accounts given to `work`; undefined: the old rule throughout
 */
export function createWorld(options: SimulationOptions, nobodyFrom?: IsoDate): SimulatedWorld {
  const months = monthsOf(options)
  const end = momentOf(options.end)
  const worldStart = startOfDay((months[0] as { month: IsoDate }).month)
  const worked = new Set<string>()
  const worklist: Worklist | null =
    nobodyFrom === undefined
      ? null
      : (account, month) => (month < nobodyFrom ? undefined : worked.has(`${account} ${month}`))
  const live = (index: number): Life => {
    const tables = tablesOf(liveAccount(index, { ...options, worklist }, months), end)
    return { tables, snapshot: simulatedSnapshots(tables, worldStart) }
  }
  const lives = Array.from({ length: options.accounts }, (_, index) => live(index))
  const lifeOf = ({ accountId }: CohortAccount) => lives[accountId] as Life
  return {
    accounts: lives.flatMap(({ tables }, accountId) => {
      const [first] = tables.accounts
      return first ? [{ accountId, externalId: first.external_id, knownAt: first.known_at ?? BEGINNING }] : []
    }),
    months: months.map(({ month }) => month),
    snapshot: (account, asOf) => lifeOf(account).snapshot(asOf),
    tables: (account) => lifeOf(account).tables,
    histories: (account, asOf) => simulatedHistories(lifeOf(account).tables, account.accountId, asOf),
    work: (account, chosen) => {
      for (const month of chosen) worked.add(`${account.externalId} ${month}`)
      lives[account.accountId] = live(account.accountId)
    },
  }
}

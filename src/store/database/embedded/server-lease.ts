import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** Each process that uses the server holds one idle connection of this name, so that the server itself lists its users. */
const LEASE_NAME = 'winrate lease'
const RECOVERS_WITHIN_MS = 60_000
/** Starting up, shutting down or recovering: the server exists, and will accept connections soon. */
const CANNOT_CONNECT_NOW = '57P03'

export interface ServerLease {
  /** How many other processes use the server; undefined when the server is gone. */
  countOthers(): Promise<number | undefined>
  end(): Promise<void>
}

/**
 * A restart of the server, or the crash of any session, ends all leases at once. Each is taken again: otherwise the next
 * process to leave
 * would assume that the server is gone and leave it running, or stop it while others use it.
 * @param bringBack called repeatedly while the lease cannot be taken, until the lease ends or it returns false
 */
export async function holdLease(
  url: string,
  bringBack: (isOver: () => boolean, failures: number) => Promise<boolean>,
): Promise<ServerLease> {
  let isOver = false
  let held: Client | undefined
  let taking: Promise<Client> | undefined
  const takeOne = async () => {
    const client = await connectLeasing(url)
    client.once('end', () => {
      held = undefined
      if (!isOver) void renew()
    })
    held = client
    return client
  }
  // One at a time: a second lease of this process would count as another process's.
  const take = () => (taking ??= takeOne().finally(() => (taking = undefined)))
  const renew = async () => {
    for (let failures = 1; !isOver && !held; failures += 1) {
      await take().catch(() => undefined)
      if (!held && !isOver && !(await bringBack(() => isOver, failures))) return
    }
  }
  await take()
  return {
    countOthers: async () => {
      isOver = true
      const client = held ?? (await untilRecovered(take))
      return client && (await countLeases(client).catch(() => undefined))
    },
    end: async () => {
      isOver = true
      await taking?.catch(() => undefined)
      await held?.end().catch(() => undefined)
    },
  }
}

/** The leases of other sessions. */
export async function countLeases(client: Client): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [LEASE_NAME],
  )
  return rows[0]?.count ?? 0
}

/** A connection that counts as a lease while it is open. */
export async function connectLeasing(url: string, name: string = LEASE_NAME): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: name, connectionTimeoutMillis: 5000 })
  // Without a listener, a server that dies under an idle connection would end the process.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

async function untilRecovered(take: () => Promise<Client>): Promise<Client | undefined> {
  const giveUpAt = performance.now() + RECOVERS_WITHIN_MS
  for (;;) {
    try {
      return await take()
    } catch (error) {
      const isComing = error instanceof Error && 'code' in error && error.code === CANNOT_CONNECT_NOW
      if (!isComing || performance.now() > giveUpAt) return undefined
      await sleep(100)
    }
  }
}

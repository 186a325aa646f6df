import { CompiledQuery, type Kysely } from 'kysely'
import { type Client, type Pool, types } from 'pg'
import { type Db, type Job, PgBoss, type QueueOptions } from 'pg-boss'
import type { Database } from './tables/schema.ts'

/**
 * pg-boss brings a job from the process that wants it done to one that does it, and to another one when that dies. It
 * says nothing about the work itself: how that stands is kept in tables of ours. It lives in a schema of its own and
 * runs on our connections, so that our limits on waiting hold for it too.
 */
const SCHEMA = 'pgboss'

/** A worker that is killed is noticed after this and at most as long again. */
const HEARTBEAT_SECONDS = 30
const DAY_SECONDS = 86_400

const QUEUES = {
  training: {
    // The delivery is repeated, never the training: a worker takes a run only while it is queued.
    retryLimit: 3,
    retryDelay: 5,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    // Above the longest training, which its worker ends by itself.
    expireInSeconds: DAY_SECONDS / 2,
    // Above the longest wait for a worker.
    retentionSeconds: 14 * DAY_SECONDS,
    deleteAfterSeconds: 7 * DAY_SECONDS,
  },
} as const satisfies Record<string, QueueOptions>
export type QueueName = keyof typeof QUEUES

/** Makes or upgrades pg-boss's schema and our queues in it. For one process at a time: the migrations call it. */
export async function installQueues(client: Client): Promise<void> {
  const boss = openBoss({ executeSql: async (text, values) => await client.query(text, values) }, { migrate: true })
  await boss.start()
  for (const [name, options] of Object.entries(QUEUES)) {
    await boss.createQueue(name, options)
    await boss.updateQueue(name, options)
  }
  await boss.stop({ graceful: false, close: false })
}

/** Asks for work, as part of the caller's transaction: it is asked for if and only if the transaction commits. */
export async function sendJob(transaction: Kysely<Database>, queue: QueueName, data: object): Promise<void> {
  const executeSql = async (text: string, values: unknown[] = []) => {
    const { rows } = await transaction.executeQuery(CompiledQuery.raw(text, values))
    return { rows }
  }
  const boss = openBoss({ executeSql }, { migrate: false })
  await boss.start()
  try {
    await boss.send(queue, data)
  } finally {
    await boss.stop({ graceful: false, close: false })
  }
}

export interface QueueWorker {
  /** Takes no more jobs and waits until the one in hand is done, at most `graceMs`. */
  stop(): Promise<void>
}

export interface QueueWorkerOptions {
  readonly pollSeconds: number
  /** Stops at once when aborted: what is given back then is for others. */
  readonly signal: AbortSignal
  readonly graceMs: number
  readonly onError: (error: unknown) => void
}

/** Takes jobs one by one. A job whose `handle` throws is delivered again, here or elsewhere. */
export async function workQueue(
  pool: Pool,
  queue: QueueName,
  handle: (data: unknown) => Promise<void>,
  { pollSeconds, signal, graceMs, onError }: QueueWorkerOptions,
): Promise<QueueWorker> {
  // pg-boss expects dates where our pool gives text.
  const executeSql = async (text: string, values?: unknown[]) => await pool.query({ text, values: values ?? [], types })
  const boss = openBoss({ executeSql }, { migrate: true, supervise: true })
  boss.on('error', (error) => onError(asError(error)))
  await boss.start()
  const work = async ([job]: Job<unknown>[]) => {
    if (job) await handle(job.data)
  }
  await boss.work(queue, { pollingIntervalSeconds: pollSeconds }, work)
  const stop = async () => await boss.stop({ graceful: true, close: false, timeout: graceMs })
  const stopNow = () => void stop().catch(onError)
  if (signal.aborted) stopNow()
  else signal.addEventListener('abort', stopNow, { once: true })
  return { stop }
}

/** pg-boss tells of what its worker met as a plain object, which neither a log nor a look at its code would take for an error. */
function asError(told: unknown): unknown {
  if (told instanceof Error || typeof told !== 'object' || told === null || !('message' in told)) return told
  return Object.assign(new Error(String(told.message)), told)
}

function openBoss(db: Db, { migrate, supervise = false }: { migrate: boolean; supervise?: boolean }): PgBoss {
  const boss = new PgBoss({
    db,
    schema: SCHEMA,
    migrate,
    supervise,
    schedule: false,
    superviseIntervalSeconds: HEARTBEAT_SECONDS,
    monitorIntervalSeconds: HEARTBEAT_SECONDS,
    // These two watch a database that pg-boss has to itself; this one has an administrator.
    reindex: false,
    monitorVacuum: false,
  })
  // Without a listener an error would end the process; what matters is thrown as well.
  boss.on('error', () => undefined)
  return boss
}

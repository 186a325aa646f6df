import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../../../../src/core/base/random.ts'
import type { Instant } from '../../../../src/core/base/time.ts'
import { toRecord } from '../../../../src/core/delivery/write-back/mapping.ts'
import { loadMapping } from '../../../../src/jobs/delivery/write-back/load-mapping.ts'
import { listAccountsToWrite } from '../../../../src/store/delivery/write-back-accounts.ts'
import { appendEvents } from '../../../../src/store/delivery/events.ts'
import { insertAccount, insertModelVersion, publishedScore } from '../../../support/accounts.ts'
import { type StandIn, startHubspot } from '../../../support/crm.ts'
import { createTestDatabase, type TestDatabase } from '../../../support/server/database.ts'
import { storeScores } from '../../../support/store-scores.ts'
import { until } from '../../../support/until.ts'

/** `KILLS=50 npm test -- write-back/killed` for the long version. */
const KILLS = Number(process.env['KILLS'] ?? 5)
/** Further kills, until a record was sent again: an account may change while the only call with it is in progress. */
const MOST_MORE = 20
/** More records than one call holds. */
const ACCOUNTS = 150
const CHILD = path.join(import.meta.dirname, '../../../support/children/write-back-child.ts')
const SCRIPT = path.join(import.meta.dirname, '../../../../scripts/operator/write-back.ts')
const AS_OF = '2026-03-01T00:00:00.000000Z' as Instant

const random = createRandom(`write-back ${process.env['SEED'] ?? 1}`)
const keys = Array.from({ length: ACCOUNTS }, (_, index) => String(1000 + index))
let database: TestDatabase
let crm: StandIn
let accountIds: readonly number[]
/** While it is set, the CRM does not answer the calls that it has accepted, and no account changes. */
let hold: PromiseWithResolvers<void> | undefined
let held = 0

/** A CRM takes a random time to answer, so that kills meet every state of a call. */
async function beforeAnswer(): Promise<void> {
  if (hold) held += 1
  await (hold?.promise ?? wait(10 + random.next() * 50))
}

beforeAll(async () => {
  database = await createTestDatabase()
  crm = await startHubspot(keys, beforeAnswer)
  await insertModelVersion(database.db, 'v1', true)
  const ids: number[] = []
  for (const key of keys) ids.push(await insertAccount(database.db, key))
  accountIds = ids
  const scored = ids.map((accountId, index) => {
    return { accountId, score: publishedScore({ account_external_id: keys[index] ?? null, expected_value: 0 }) }
  })
  await storeScores(database.db, AS_OF, scored)
})
afterAll(async () => {
  await crm.close()
  await database.drop()
})

type Writer = Awaited<ReturnType<typeof startWriter>>
async function startWriter(name: string) {
  const child = spawn(process.execPath, [CHILD, database.serviceUrl, crm.origin, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
  return { name, child, kill }
}

/** The running process; undefined between two rounds. */
async function findHolder(writers: readonly Writer[]): Promise<Writer | undefined> {
  const { rows } = await database.pool.query<{ name: string }>(
    `select a.application_name as name from pg_locks l join pg_stat_activity a using (pid)
     where l.locktype = 'advisory' and l.granted and a.datname = current_database()`,
  )
  return writers.find(({ name }) => rows.some((row) => row.name === name))
}

/** Each change gives an account a larger expected value than before. @returns the last value of each account */
async function changeUntil(isOver: () => boolean): Promise<ReadonlyMap<string, number>> {
  const last = new Map<string, number>()
  for (let value = 1; !isOver(); value += 1) {
    if (held > 0) await hold?.promise
    const place = Math.floor(random.next() * ACCOUNTS)
    const accountId = accountIds[place] ?? 0
    const told = {
      type: 'score.changed',
      accountId,
      motion: null,
      asOf: AS_OF,
      modelVersion: null,
      actor: null,
    } as const
    await database.pool.query(
      `update account_score set score = jsonb_set(score, '{expected_value}', to_jsonb($2::int)) where account_id = $1`,
      [accountId, value],
    )
    await database.db.transaction().execute((trx) => appendEvents(trx, [{ ...told, payload: {} }]))
    last.set(keys[place] ?? '', value)
    // Accounts change at random times.
    await wait(random.next() * 10)
  }
  return last
}

/** Samples the position that is stored. */
async function watchPositionUntil(isOver: () => boolean): Promise<readonly number[]> {
  const positions: number[] = []
  for (; !isOver(); await wait(10)) {
    const { rows } = await database.pool.query<{ read_up_to: number }>('select read_up_to from write_back')
    if (rows[0]) positions.push(rows[0].read_up_to)
  }
  return positions
}

interface Sent {
  readonly key: string
  readonly value: number
  readonly text: string
}
function everythingSent(): readonly Sent[] {
  return crm.received.flatMap(({ body }) => {
    const { inputs } = JSON.parse(body) as { inputs: { id: string; properties: Record<string, string> }[] }
    return inputs.map(({ id, properties }) => {
      return { key: id, value: Number(properties['winrate_expected_value']), text: JSON.stringify(properties) }
    })
  })
}

/** The number of records that had been sent before with equal values. */
function countRepeated(): number {
  const sent = everythingSent()
  return sent.length - new Set(sent.map(({ key, value }) => `${key} ${value}`)).size
}

describe('a write-back that is killed while it writes', () => {
  it(
    `leaves unsettled records to the next process: the CRM ends with the stored values (${KILLS} times)`,
    async () => {
      const writers: Writer[] = []
      let isOver = false
      const changing = changeUntil(() => isOver)
      const watching = watchPositionUntil(() => isOver)
      try {
        writers.push(await startWriter('writer 0'), await startWriter('writer 1'))
        for (let killed = 0; killed < KILLS || (countRepeated() === 0 && killed < KILLS + MOST_MORE); killed += 1) {
          // Every second kill is at the worst point: the CRM has accepted a call that is not settled. The others are random.
          const isStated = killed % 2 === 0
          if (isStated) {
            hold = Promise.withResolvers()
            await until('the CRM has taken a call', () => held > 0)
          } else {
            const calls = crm.received.length + 1 + random.integer(4)
            await until('further calls arrive', () => crm.received.length >= calls)
          }
          const victim = await until('a process writes', () => findHolder(writers))
          await victim.kill()
          const before = crm.received.length
          await until('the other process writes on', () => crm.received.length > before)
          hold?.resolve()
          hold = undefined
          held = 0
          writers.splice(writers.indexOf(victim), 1, await startWriter(`writer ${killed + 2}`))
        }
      } finally {
        isOver = true
        hold?.resolve()
        await Promise.all(writers.map(({ kill }) => kill()))
      }
      const last = await changing
      const positions = await watching
      const env = {
        ...process.env,
        DATABASE_URL: database.url,
        HUBSPOT_URL: crm.origin,
        HUBSPOT_ACCESS_TOKEN: 'secret-token',
      }
      const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, 'hubspot', '--once'], { env })
      expect(stdout).toContain(`${ACCOUNTS} accounts match hubspot, 0 wait, 0 were refused`)

      const stored = await listAccountsToWrite(database.db, accountIds)
      const mapping = loadMapping('hubspot')
      const asSent = stored
        .map((account) => toRecord(mapping, account))
        .map(({ key, properties }) => {
          const texts = Object.entries(properties).map(([name, value]) => [name, value === null ? '' : String(value)])
          return [key, Object.fromEntries(texts)] as const
        })
      expect(Object.fromEntries(crm.rows)).toEqual(Object.fromEntries(asSent))
      for (const key of keys) expect(crm.rows.get(key)?.['winrate_expected_value']).toBe(String(last.get(key) ?? 0))

      const sent = everythingSent()
      for (const ofAccount of Map.groupBy(sent, ({ key }) => key).values()) {
        // The values sent for an account never went back to an older state.
        expect(ofAccount.map(({ value }) => value)).toEqual(
          ofAccount.map(({ value }) => value).toSorted((a, b) => a - b),
        )
        for (const same of Map.groupBy(ofAccount, ({ value }) => value).values()) {
          expect(new Set(same.map(({ text }) => text)).size).toBe(1)
        }
      }
      const repeated = countRepeated()
      expect(repeated).toBeGreaterThan(0)
      expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      expect(positions.at(-1)).toBeGreaterThan(positions[0] ?? 0)
      console.info(
        `${KILLS} kills: ${sent.length} records in ${crm.received.length} calls, ${repeated} sent again and equal`,
      )
    },
    300_000 + KILLS * 60_000,
  )
})

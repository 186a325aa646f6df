import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import type { Pool } from 'pg'
import { SCOPES } from '../../../src/core/access/scopes.ts'
import { createApiKey } from '../../../src/store/access/api-keys.ts'
import type { OpenDatabase } from '../../../src/store/database/database.ts'
import { sequenceEvents } from '../../../src/store/delivery/events.ts'
import { type BenchContext, type Benchmark, type Figure, interleaved, type Result } from '../benchmark.ts'
import { inlineAccount } from './inline-account.ts'
import { loadRoute, type Route } from './load.ts'
import { addressOf, keepToCores, type ServerProcess, startProcess, stopProcess } from '../process.ts'

const SECONDS = { smoke: 0.05, small: 0.5, full: 3 } as const
const ROUNDS = { smoke: 1, small: 5, full: 9 } as const
const BATCH = 1000
const LIST = '/v1/qualified-accounts?limit=20'

export const httpBenchmark: Benchmark = {
  name: 'http',
  title: 'The service over loopback, beside bare fastify routes',
  run: async (context: BenchContext): Promise<Result> => {
    const company = await context.company()
    context.progress('training')
    const champion = await company.champion()
    const { database } = company
    const { key } = await createApiKey(database.db, { scopes: SCOPES, actor: 'bench' })
    // As a worker has done long before anybody polls.
    await sequenceEvents(database.db)
    const environment = {
      DATABASE_URL: database.url,
      PORT: '0',
      LOG_LEVEL: 'silent',
      RATE_LIMIT_PER_MINUTE: '10000000',
    }
    const children = {
      service: startProcess('src/main.ts', environment),
      bare: startProcess('scripts/bench/child/bare.ts', {}, [database.url]),
      without: startProcess('scripts/bench/child/without-arithmetic.ts', {}, [database.url]),
    }
    try {
      const urls = {
        service: await addressOf(children.service),
        bare: await addressOf(children.bare),
        without: await addressOf(children.without),
      }
      const isApart = await keepApart(database.pool, Object.values(children))
      const routes = await routesOf(database, urls, { authorization: `Bearer ${key}` })
      const contestants = Object.entries(routes).map(([name, route]) => {
        return [name, async () => await loadRoute(route, SECONDS[context.size])] as const
      })
      context.progress('asking')
      for (const [, ask] of contestants) await ask()
      const measured = await interleaved(ROUNDS[context.size], Object.fromEntries(contestants) as Contestants)
      const features = [...champion.models.values()].reduce((sum, { featureIndexes }) => sum + featureIndexes.length, 0)
      return {
        figures: figuresOf(measured, features),
        notes: [
          `10 connections for ${SECONDS[context.size]} s, medians of ${ROUNDS[context.size]} rounds in turns; one service process with its log off. ${isApart}`,
          'Every request to the service brings a key, which is looked up, and is checked, counted and answered with all headers; the bare routes do nothing but send the same statement and answer what it gave.',
        ],
      }
    } finally {
      for (const child of Object.values(children)) await stopProcess(child)
      keepToCores(process.pid, `0-${availableParallelism() - 1}`)
    }
  },
}

type Contestants = Readonly<Record<keyof Awaited<ReturnType<typeof routesOf>>, () => Promise<number>>>

/** The service and PostgreSQL have one core; the client has another. */
async function keepApart(pool: Pool, servers: readonly ServerProcess[]): Promise<string> {
  const together = 'The client, the service and PostgreSQL share the cores.'
  if (availableParallelism() < 2) return together
  const postmaster = await findPostmaster(pool)
  const done = [
    ...servers.map(({ pid }) => keepToCores(pid ?? 0, '0')),
    ...(postmaster === undefined ? [] : [keepToCores(postmaster, '0')]),
    keepToCores(process.pid, '1'),
  ]
  // Connections that are open stay where they were; those of the servers are opened from here on.
  return done.every(Boolean) && postmaster !== undefined
    ? 'Who is asked and PostgreSQL have core 0; the client has core 1.'
    : together
}

/** Of a server on this machine whose files can be read. */
async function findPostmaster(pool: Pool): Promise<number | undefined> {
  const { rows } = await pool.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
  const text = await readFile(path.join(rows[0]?.folder ?? '', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number.parseInt(text, 10)
  return Number.isNaN(pid) ? undefined : pid
}

async function routesOf(
  { pool }: OpenDatabase,
  urls: { readonly service: string; readonly bare: string; readonly without: string },
  headers: Readonly<Record<string, string>>,
) {
  const { rows } = await pool.query<{ account_id: number }>(
    'select account_id from account_score order by account_id limit $1',
    [BATCH],
  )
  const ids = rows.map((row) => row.account_id)
  const accounts = ids.map((id) => ({ id }))
  const list = new URL(LIST, urls.service)
  const etag = (await fetch(list, { headers })).headers.get('etag') ?? ''
  const inline = { inline: [inlineAccount(Date.now())], contributions: true }
  const ours = (target: string, more: Partial<Route> = {}): Route => ({
    url: new URL(target, urls.service),
    headers,
    ...more,
  })
  const bare = (target: string, body?: unknown): Route => ({ url: new URL(target, urls.bare), headers: {}, body })
  return {
    bare: bare('/'),
    livez: ours('/livez'),
    bareStored: bare(`/scores/${ids[0]}`),
    stored: ours(`/v1/accounts/${ids[0]}/score?stored=true`),
    computed: ours(`/v1/accounts/${ids[0]}/score`),
    withoutArithmetic: { url: new URL('/v1/scores', urls.without), headers, body: inline },
    inline: ours('/v1/scores', { body: inline }),
    bareBatch: bare('/scores', { accounts }),
    batch: ours('/v1/scores', { body: { accounts, stored: true } }),
    list: ours(LIST),
    unchanged: ours(LIST, { headers: { ...headers, 'if-none-match': etag }, status: 304 }),
  } satisfies Record<string, Route>
}

function figuresOf(measured: Readonly<Record<keyof Contestants, number>>, features: number): readonly Figure[] {
  const figure = (name: string, value: number, reference: string, beside: number, least?: number): Figure => ({
    name,
    value,
    unit: 'requests/s',
    reference: { name: reference, value: beside },
    ...(least !== undefined && { goal: { at: 'least', limit: least } }),
  })
  const route = 'bare route'
  const select = 'bare route with the same select'
  return [
    figure('GET /livez', measured.livez, route, measured.bare),
    figure('a stored score by id', measured.stored, select, measured.bareStored, 0.85),
    figure('a score by id, computed', measured.computed, select, measured.bareStored),
    figure(
      `an inline account with contributions, ${features} features in all models`,
      measured.inline,
      'the same route, the arithmetic left out',
      measured.withoutArithmetic,
      0.75,
    ),
    figure(`${BATCH} stored scores`, measured.batch, select, measured.bareBatch, 0.5),
    figure('a page of 20 of the list', measured.list, route, measured.bare),
    figure('an unchanged poll of it: 304', measured.unchanged, route, measured.bare),
  ]
}

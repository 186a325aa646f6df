import { SCOPES } from '../../src/core/auth/scopes.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { type BenchContext, type Benchmark, interleaved, type Result } from './benchmark.ts'
import { loadRoute, type Route } from './load.ts'
import { addressOf, startProcess, stopProcess } from './process.ts'

const SECONDS = { small: 0.5, full: 3 } as const
const ROUNDS = 5
const LIST = '/v1/qualified-accounts?limit=20'

export const httpBenchmark: Benchmark = {
  name: 'http',
  title: 'The service over loopback, beside a bare fastify route',
  run: async (context: BenchContext): Promise<Result> => {
    const company = await context.company()
    context.progress('training')
    await company.champion()
    const { key } = await createApiKey(company.database.db, { scopes: SCOPES, actor: 'bench' })
    const service = startProcess('src/main.ts', { DATABASE_URL: company.database.url, PORT: '0', LOG_LEVEL: 'silent' })
    const bare = startProcess('scripts/bench/child/bare-fastify.ts', {})
    try {
      const [serviceUrl, bareUrl] = await Promise.all([addressOf(service), addressOf(bare)])
      const list: Route = { url: new URL(LIST, serviceUrl), headers: { authorization: `Bearer ${key}` } }
      const answer = await fetch(list.url, { headers: list.headers })
      const { accounts = [] } = (await answer.json()) as { accounts?: readonly unknown[] }
      const load = (route: Route) => async () => await loadRoute(route, SECONDS[context.size])
      const perSecond = await interleaved(ROUNDS, {
        bare: load({ url: new URL('/', bareUrl), headers: {} }),
        livez: load({ url: new URL('/livez', serviceUrl), headers: {} }),
        list: load(list),
      })
      const reference = { name: 'bare fastify route', value: perSecond.bare }
      return {
        figures: [
          { name: 'GET /livez', value: perSecond.livez, unit: 'requests/s', reference },
          { name: `a page of ${accounts.length} stored scores`, value: perSecond.list, unit: 'requests/s', reference },
        ],
        notes: [
          `10 connections for ${SECONDS[context.size]} s, medians of ${ROUNDS}; one service process, its log off; the client, the service and PostgreSQL share the cores. The page checks the key, asks the database and answers ${Number(answer.headers.get('content-length')).toLocaleString('en-US')} bytes.`,
        ],
      }
    } finally {
      for (const child of [service, bare]) await stopProcess(child)
    }
  },
}

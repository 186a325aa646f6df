// A minimal fastify route, and one with the statements of our routes: references for the benchmarks.
// `bare.ts <url of the database>`
import { fastify } from 'fastify'
import { currentScores } from '../../../src/store/scoring/current-scores.ts'
import { openDatabase } from '../../../src/store/database/database.ts'

const database = openDatabase({ url: process.argv[2] ?? '', maxConnections: 10, statementTimeoutMs: 10_000 })
const { sql } = currentScores([]).compile(database.db)

async function select(accountIds: readonly number[]): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ readonly score: string }>(sql, [accountIds])
  return rows.map(({ score }) => score)
}

const app = fastify({ bodyLimit: 4 * 1024 * 1024 })
app.get('/', () => ({ status: 'live' }))
app.get<{ Params: { id: string } }>('/scores/:id', async ({ params }, reply) => {
  const [score] = await select([Number(params.id)])
  return await reply.type('application/json; charset=utf-8').send(score)
})
app.post<{ Body: { accounts: readonly { id: number }[] } }>('/scores', async ({ body }, reply) => {
  const scores = await select(body.accounts.map(({ id }) => id))
  return await reply.type('application/json; charset=utf-8').send(`[${scores.join(',')}]`)
})
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('SIGTERM', () => void app.close().then(() => database.close()))

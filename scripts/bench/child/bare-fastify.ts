// The least that fastify can answer: what our routes are measured beside.
import { fastify } from 'fastify'

const app = fastify()
app.get('/', () => ({ status: 'live' }))
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
process.on('SIGTERM', () => void app.close())

// Run as a process of its own: joins the server in the folder named, says its URL, stays until its input ends.
import { once } from 'node:events'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'

const server = await startEmbeddedPostgres({ dataDirectory: process.argv[2], durable: false })
console.log(server.url)
process.stdin.resume()
await once(process.stdin, 'end')
await server.stop()
